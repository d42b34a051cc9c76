// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The logical shape of one sample of an activation.

#include <string_view>

#include <soma/base/text.hpp>

namespace soma {

/// Channels, height and width of one sample; a feature vector has height and width 1.
///
/// Shapes are values, not types: a layer is instantiated once however many shapes it meets.
struct extents {
    int c = 0, h = 1, w = 1;

    [[nodiscard]] constexpr long long elements() const noexcept {
        return static_cast<long long>(c) * h * w;
    }
    [[nodiscard]] constexpr bool is_vector() const noexcept { return h == 1 && w == 1; }

    friend constexpr bool operator==(const extents&, const extents&) = default;
};

/// `64x56x56` in the order of PyTorch (channels first), `512` for a vector.
[[nodiscard]] constexpr text<40> to_text(const extents& e) noexcept {
    text<40> result;
    result.append(e.c);
    if (!e.is_vector()) {
        result.append("x").append(e.h).append("x").append(e.w);
    }
    return result;
}

}  // namespace soma
