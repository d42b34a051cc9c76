// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Sixteen output pixels as the rows of matrix tiles: in place where their windows lie at equal
/// distances, copied where they do not.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <soma/base/math.hpp>
#include <soma/kernels/geometry.hpp>
#include <soma/kernels/row_table.hpp>
#include <soma/kernels/tile_job.hpp>
#include <soma/simd/matrix_tile.hpp>

namespace soma::kernels {

/// Elements of BF16 in a row of a matrix tile: what one instruction multiplies per output.
inline constexpr int matrix_depth = simd::tile_row_bytes / 2;

/// Steps over a segment of `length` elements.
[[nodiscard]] constexpr int matrix_steps(int length) noexcept {
    return ceil_div(length, matrix_depth);
}

/// The input windows of up to sixteen pixels, segment by segment.
template <class T>
struct matrix_rows {
    const std::byte** starts;  ///< `[segments]`: the first pixel's run
    int* taps;                 ///< `[segments]`: each one's position in the packed weights
    std::ptrdiff_t row_step;   ///< bytes from one pixel to the next
    std::ptrdiff_t step;       ///< bytes from one `matrix_depth` of elements to the next
    int segments = 0;
    int steps = 0;  ///< per segment
    int depth = 0;  ///< elements of a segment in the packed weights
    int pixels = 0;
    std::array<std::ptrdiff_t, simd::tile_height> outputs{};  ///< offset of each pixel

    /// Whether one pass through the weights can serve both.
    [[nodiscard]] bool reads_same_taps(const matrix_rows& other) const noexcept {
        bool same = segments == other.segments && depth == other.depth;
        for (int s = 0; same && s < segments; ++s) {
            same = taps[s] == other.taps[s];
        }
        return same;
    }
};

/// Elements that the copy of sixteen pixels' windows takes at most.
template <class T>
[[nodiscard]] constexpr std::size_t matrix_copy_elements(const conv_geometry& g) noexcept {
    const segmentation folded = fold_row_taps<T>(g);
    const segmentation single = tap_segments(g);
    const int whole = folded.count() * matrix_steps(folded.length);
    const int apart = single.count() * matrix_steps(single.length);
    return static_cast<std::size_t>(whole > apart ? whole : apart) * simd::tile_height
           * matrix_depth;
}

#if SOMA_HAS_AMX_BF16

namespace detail {

/// Copies runs of `length` elements into tiles of sixteen rows; what is short of a step is zero.
template <class Isa, class T>
void copy_runs(const T* const* runs, int count, int length, T* to) noexcept {
    const int whole = length / matrix_depth;
    const int rest = length % matrix_depth;
    for (int m = 0; m < count; ++m) {
        const T* from = runs[m];
        T* row = to + m * matrix_depth;
        for (int k = 0; k < whole; ++k) {
            std::memcpy(row, from, simd::tile_row_bytes);
            from += matrix_depth;
            row += simd::tile_height * matrix_depth;
        }
        if (rest > 0) {
            simd::copy_row<Isa>(from, rest, row);
        }
    }
}

}  // namespace detail

/// Takes over the tile that `table` stands at. `copy` holds `matrix_copy_elements`.
template <class Isa, class T>
void take_rows(const row_table<T>& table, int pixels, T* copy, matrix_rows<T>& rows) noexcept {
    rows.pixels = pixels;
    rows.segments = table.segments();
    rows.steps = matrix_steps(table.length());
    rows.depth = pitch_of(table.length(), format_of<T>);
    for (int m = 0; m < pixels; ++m) {
        rows.outputs[static_cast<std::size_t>(m)] = table.pixels()[m];
    }
    for (int s = 0; s < rows.segments; ++s) {
        rows.taps[s] = table.taps()[s];
    }
    const auto address = [&](int segment, int m) {
        return reinterpret_cast<std::intptr_t>(table.rows()[segment * row_pitch + m]);
    };
    const std::ptrdiff_t distance = pixels > 1 ? address(0, 1) - address(0, 0) : 0;
    // A row of tiles is read whole: a tile in place has all its pixels and no element too many.
    // Windows that go around the end of an image row are further apart than the first two.
    const bool in_place =
        pixels == simd::tile_height && table.length() % matrix_depth == 0 && !table.padded()
        && address(0, simd::tile_height - 1) - address(0, 0) == distance * (simd::tile_height - 1);
    if (in_place) {
        rows.row_step = distance;
        rows.step = simd::tile_row_bytes;
        for (int s = 0; s < rows.segments; ++s) {
            rows.starts[s] = reinterpret_cast<const std::byte*>(table.rows()[s * row_pitch]);
        }
        return;
    }
    rows.row_step = simd::tile_row_bytes;
    rows.step = simd::tile_row_bytes * simd::tile_height;
    const std::ptrdiff_t per_segment =
        std::ptrdiff_t{rows.steps} * simd::tile_height * matrix_depth;
    for (int s = 0; s < rows.segments; ++s) {
        rows.starts[s] = reinterpret_cast<const std::byte*>(copy);
        detail::copy_runs<Isa>(table.rows() + s * row_pitch, pixels, table.length(), copy);
        copy += per_segment;
    }
}

#endif

}  // namespace soma::kernels
