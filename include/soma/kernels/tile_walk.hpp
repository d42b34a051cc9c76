// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The order in which tiles of output pixels are computed.

#include <array>
#include <cstddef>

#include <soma/kernels/border.hpp>
#include <soma/kernels/geometry.hpp>
#include <soma/kernels/part.hpp>
#include <soma/kernels/row_table.hpp>
#include <soma/kernels/tiling.hpp>
#include <soma/numeric/format.hpp>

namespace soma::kernels {

/// Visits every tile of a part of every rectangle once. A copy is a place to come back to.
template <numeric_format T>
class tile_walk {
public:
    /// Tiles of at most `most` pixels, across the borders where `merged`. \pre As for `row_table`.
    tile_walk(const conv_geometry& g,
              int most,
              const T* in,
              std::byte* scratch,
              const conv_part& part = {},
              bool merged = false) noexcept
        : rects_(merged ? merged_rects(g) : border_rects(flatten_pixels(g))),
          spans_(part_spans(g, part, rects_)),
          most_(most),
          table_(flatten_pixels(g), in, scratch) {
        start(0);
    }

    /// Goes before the first tile; windows start at `first_channel`.
    void start(int first_channel) noexcept {
        first_channel_ = first_channel;
        rect_ = 0;
        enter();
    }

    /// Tiles from the first to the last.
    [[nodiscard]] int tiles() const noexcept {
        int total = 0;
        for (const pixel_span& span : spans_) {
            total += balanced_split(span.count, most_).tiles;
        }
        return total;
    }

    /// Fills the table for the next tile and returns its pixels. \pre One is left.
    int next() noexcept {
        while (tile_ == split_.tiles) {
            ++rect_;
            enter();
        }
        const int rows = split_.rows(tile_++);
        table_.advance(rows);
        return rows;
    }

    /// The rows of the present tile.
    [[nodiscard]] const row_table<T>& table() const noexcept { return table_; }

private:
    void enter() noexcept {
        tile_ = 0;
        split_ = balanced_split(spans_[rect_].count, most_);
        if (split_.tiles > 0) {
            table_.start(rects_[rect_], first_channel_, spans_[rect_].first);
        }
    }

    std::array<pixel_rect, 5> rects_;
    std::array<pixel_span, 5> spans_;
    int most_;
    row_table<T> table_;
    balanced_split split_{0, 1};
    int first_channel_ = 0;
    std::size_t rect_ = 0;
    int tile_ = 0;
};

}  // namespace soma::kernels
