// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// `convert_to`: one value from one numeric format to another, rounded at most once.

#include <concepts>

#include <soma/numeric/format.hpp>

namespace soma {

/// Converts through `float`, which holds every value of every format, so only the last step rounds.
template <numeric_format To, numeric_format From>
[[nodiscard]] constexpr To convert_to(From value) noexcept {
    if constexpr (std::same_as<To, From>) {
        return value;
    } else {
        return static_cast<To>(static_cast<float>(value));
    }
}

}  // namespace soma
