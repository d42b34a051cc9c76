// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The precision policy that lets 3x3 convolutions be computed with fewer products.
///
/// Winograd's minimal filtering gives other roundings than the sum of products, and larger ones: a
/// program computed by it has other bits. What changes bits is a precision policy, never a
/// schedule; so every schedule of `winograd<fp32>` gives the same bits, and `fp32` keeps its own.

#include <string_view>

#include <soma/base/diagnostic.hpp>
#include <soma/policy/precision.hpp>

namespace soma {

/// `Base` with 3x3 convolutions by Winograd's filtering wherever that takes less time.
///
/// Its transforms need the digits of FP32: every other base is refused.
template <class Base>
struct winograd
    : require<wrong_precision<policy<winograd<Base>>, expected_type<fp32>, got_type<Base>>> {};

template <>
struct winograd<fp32> : fp32 {
    static constexpr bool winograd_filtering = true;
    static constexpr std::string_view name = "winograd<fp32>";
};

/// Whether a policy allows Winograd's filtering. A policy of the program's own does by a member.
template <class Precision>
inline constexpr bool allows_winograd = [] {
    if constexpr (requires { Precision::winograd_filtering; }) {
        return static_cast<bool>(Precision::winograd_filtering);
    } else {
        return false;
    }
}();

static_assert(precision_policy<winograd<fp32>> && allows_winograd<winograd<fp32>>);
static_assert(!allows_winograd<fp32> && !allows_winograd<bf16>);

}  // namespace soma
