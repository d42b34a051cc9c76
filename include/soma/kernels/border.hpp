// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Output pixels grouped by which side of the padding their windows touch.

#include <array>

#include <soma/base/math.hpp>
#include <soma/kernels/geometry.hpp>

namespace soma::kernels {

/// The output pixels `[y_begin, y_end) x [x_begin, x_end)` of every image of the batch.
struct pixel_rect {
    int y_begin = 0;
    int y_end = 0;
    int x_begin = 0;
    int x_end = 0;
    bool padded = false;  ///< whether a window here can reach outside its image

    [[nodiscard]] constexpr int height() const noexcept { return y_end - y_begin; }
    [[nodiscard]] constexpr int width() const noexcept { return x_end - x_begin; }
    [[nodiscard]] constexpr int pixels() const noexcept { return height() * width(); }

    friend constexpr bool operator==(const pixel_rect&, const pixel_rect&) = default;
};

namespace detail {

/// Output positions along one axis whose whole window lies inside the input.
struct inner_span {
    int begin;
    int end;
};

[[nodiscard]] constexpr inner_span inner_positions(
    int in, int out, int kernel, int stride, int pad, int dilation) noexcept {
    const int last_start = in - 1 - (kernel - 1) * dilation + pad;
    const int first = ceil_div(pad, stride);
    const int begin = first < out ? first : out;
    const int past = last_start < 0 ? 0 : last_start / stride + 1;
    const int end = past < out ? past : out;
    return {begin, end < begin ? begin : end};
}

}  // namespace detail

/// The top, bottom, left and right bands and the interior; together they hold each pixel once.
///
/// Pixels of one band lack the same rows or columns of the kernel, so a tile of them can leave
/// those taps out instead of multiplying zeros: 16 % of a 3x3 layer at 7x7, 9 % at 14x14.
[[nodiscard]] constexpr std::array<pixel_rect, 5> border_rects(const conv_geometry& g) noexcept {
    const auto [top, bottom] =
        detail::inner_positions(g.in_h, g.out_h, g.kernel_h, g.stride_h, g.pad_h, g.dilation_h);
    const auto [left, right] =
        detail::inner_positions(g.in_w, g.out_w, g.kernel_w, g.stride_w, g.pad_w, g.dilation_w);
    return {pixel_rect{0, top, 0, g.out_w, true}, pixel_rect{bottom, g.out_h, 0, g.out_w, true},
            pixel_rect{top, bottom, 0, left, true}, pixel_rect{top, bottom, right, g.out_w, true},
            pixel_rect{top, bottom, left, right, false}};
}

/// One rectangle of all pixels, for kernels whose tiles are too large for the bands.
[[nodiscard]] constexpr std::array<pixel_rect, 5> merged_rects(const conv_geometry& g) noexcept {
    return {pixel_rect{0, g.out_h, 0, g.out_w, true}};
}

}  // namespace soma::kernels
