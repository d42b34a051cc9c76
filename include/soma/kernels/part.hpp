// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A part of a convolution: what one core of several computes, or one strip of an image.
///
/// Every output is a chain of its own, so parts give the same bits as the whole, in any order.

#include <array>
#include <limits>

#include <soma/kernels/border.hpp>
#include <soma/kernels/geometry.hpp>

namespace soma::kernels {

/// Output rows times panels of output channels.
///
/// Rows are those of all images in order, `batch * out_h` of them (a linear layer has one row per
/// sample); panels are those of `pick_tiling`, the same ones of each group. The default is all.
struct conv_part {
    static constexpr int all = std::numeric_limits<int>::max();

    int first_row = 0, last_row = all;      ///< `[first_row, last_row)`
    int first_panel = 0, last_panel = all;  ///< `[first_panel, last_panel)`

    /// The part with its ends at `rows` and `panels` at most.
    [[nodiscard]] constexpr conv_part within(int rows, int panels) const noexcept {
        return {first_row, last_row < rows ? last_row : rows, first_panel,
                last_panel < panels ? last_panel : panels};
    }

    friend constexpr bool operator==(const conv_part&, const conv_part&) = default;
};

/// Consecutive pixels of a rectangle, counted image by image.
struct pixel_span {
    int first = 0;
    int count = 0;

    friend constexpr bool operator==(const pixel_span&, const pixel_span&) = default;
};

/// The same convolution with all its pixels in one row, where windows of one pixel permit it: tiles
/// then never meet the end of a row.
[[nodiscard]] constexpr conv_geometry flatten_pixels(conv_geometry g) noexcept {
    const bool pointwise = g.taps() == 1 && g.stride_h == 1 && g.stride_w == 1 && g.pad_h == 0
                           && g.pad_w == 0 && g.in_h == g.out_h && g.in_w == g.out_w;
    if (pointwise) {
        g.in_w = g.out_w = g.pixels();
        g.batch = g.in_h = g.out_h = 1;
    }
    return g;
}

namespace detail {

/// Pixels of `rect` in the first `row` rows of all images.
[[nodiscard]] constexpr int pixels_above(const conv_geometry& g,
                                         const pixel_rect& rect,
                                         int row) noexcept {
    const int y = row % g.out_h - rect.y_begin;
    const int within = y < 0 ? 0 : y > rect.height() ? rect.height() : y;
    return (row / g.out_h * rect.height() + within) * rect.width();
}

}  // namespace detail

/// What `part` of `g` holds of each of `rects`, the rectangles of `flatten_pixels(g)`.
[[nodiscard]] constexpr std::array<pixel_span, 5> part_spans(
    const conv_geometry& g,
    const conv_part& part,
    const std::array<pixel_rect, 5>& rects) noexcept {
    const int last_row = part.within(g.batch * g.out_h, conv_part::all).last_row;
    const bool keeps_rows = flatten_pixels(g) == g;
    std::array<pixel_span, 5> spans;
    for (std::size_t i = 0; i < spans.size(); ++i) {
        if (keeps_rows) {
            const int first = detail::pixels_above(g, rects[i], part.first_row);
            spans[i] = {first, detail::pixels_above(g, rects[i], last_row) - first};
        } else if (rects[i].pixels() > 0) {
            spans[i] = {part.first_row * g.out_w, (last_row - part.first_row) * g.out_w};
        }
    }
    return spans;
}

[[nodiscard]] constexpr std::array<pixel_span, 5> part_spans(const conv_geometry& g,
                                                             const conv_part& part) noexcept {
    return part_spans(g, part, border_rects(flatten_pixels(g)));
}

}  // namespace soma::kernels
