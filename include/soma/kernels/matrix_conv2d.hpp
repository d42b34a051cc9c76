// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Convolution on matrix tiles: the loops around `matrix_kernel`.

#include <array>
#include <cstddef>
#include <cstdint>

#include <soma/base/math.hpp>
#include <soma/kernels/epilogue.hpp>
#include <soma/kernels/geometry.hpp>
#include <soma/kernels/matrix_kernel.hpp>
#include <soma/kernels/matrix_rows.hpp>
#include <soma/kernels/pack.hpp>
#include <soma/kernels/part.hpp>
#include <soma/kernels/tile_walk.hpp>
#include <soma/kernels/tiling.hpp>
#include <soma/kernels/weight_stream.hpp>

namespace soma::kernels {

/// Most tiles of sixteen pixels that stay in the cache while all panels pass.
inline constexpr int matrix_block_tiles = 16;

/// Tiles of sixteen pixels in a block of `g`.
///
/// With weights that stay in a second-level cache of 2 MiB, two: they are read again for each pair,
/// and the pair's windows stay in the first level. With more weights, as many as fit: each panel is
/// read once per block.
template <class Isa, class T>
[[nodiscard]] constexpr int matrix_block(const conv_geometry& g) noexcept {
    constexpr std::size_t cache_share = 1024 * 1024;
    const std::size_t weights =
        packed_elements<Isa, T>(g) * sizeof(T) / static_cast<std::size_t>(g.groups);
    const std::size_t windows = matrix_copy_elements<T>(g) * sizeof(T);
    const std::size_t fit = cache_share / windows / 2 * 2;
    const int tiles = weights <= cache_share || fit < 2 ? 2
                      : fit > matrix_block_tiles        ? matrix_block_tiles
                                                        : static_cast<int>(fit);
    const int needed = round_up(ceil_div(g.pixels(), simd::tile_height) + 4, 2);
    return tiles < needed ? tiles : needed;
}

/// Whether an image is so small that tiles of border pixels, which skip taps of padding, would be
/// more work than tiles across borders. Depends on one image, not on the batch: so must the bits.
[[nodiscard]] constexpr bool merges_borders(const conv_geometry& g) noexcept {
    const std::array<pixel_rect, 5> rects = border_rects(g);
    int apart = 0;
    for (std::size_t i = 0; i < rects.size(); ++i) {
        const int taps = i < 2   ? (g.kernel_h - 1) * g.kernel_w
                         : i < 4 ? g.kernel_h * (g.kernel_w - 1)
                                 : g.taps();
        apart += ceil_div(rects[i].pixels(), simd::tile_height) * taps;
    }
    return ceil_div(g.out_h * g.out_w, simd::tile_height) * g.taps() < apart;
}

/// Bytes of scratch memory of a convolution on matrix tiles.
template <class Isa, class T>
[[nodiscard]] constexpr std::size_t matrix_scratch_bytes(const conv_geometry& g) noexcept {
    const auto tiles = static_cast<std::size_t>(matrix_block<Isa, T>(g));
    const auto taps = static_cast<std::size_t>(g.taps());
    return row_table_bytes<T>(g)
           + tiles
                 * (matrix_copy_elements<T>(g) * sizeof(T)
                    + round_up(taps * (sizeof(const std::byte*) + sizeof(int)), std::size_t{64}));
}

#if SOMA_HAS_AMX_BF16

namespace detail {

/// One call of a convolution on matrix tiles.
template <class Isa, class T, class Out>
class matrix_conv_run {
public:
    matrix_conv_run(const conv_geometry& g,
                    const T* in,
                    const T* weights,
                    const float* bias,
                    Out* out,
                    const epilogue<Out>& finish,
                    std::byte* scratch,
                    const void* next_weights,
                    const conv_part& part) noexcept
        : g_(g),
          tiling_(pick_tiling<Isa, T>(g)),
          weights_(weights),
          bias_(bias),
          out_(out),
          finish_(finish),
          panel_finish_(finish),
          next_weights_(next_weights),
          walk_(g, simd::tile_height, in, scratch, part, merges_borders(g)),
          begin_(part.first_panel),
          end_(part.last_panel < tiling_.panels ? part.last_panel : tiling_.panels),
          block_(matrix_block<Isa, T>(g)),
          resident_(block_ == 2),
          panel_elements_(static_cast<std::size_t>(tiling_.nv * Isa::lanes)
                          * static_cast<std::size_t>(panel_depth<Isa, T>(g))) {
        std::byte* free = scratch + row_table_bytes<T>(g);
        const auto taps = static_cast<std::size_t>(g.taps());
        for (int i = 0; i < block_; ++i) {
            matrix_rows<T>& rows = rows_[static_cast<std::size_t>(i)];
            rows.starts = reinterpret_cast<const std::byte**>(free);
            rows.taps = reinterpret_cast<int*>(rows.starts + taps);
            free += round_up(taps * (sizeof(const std::byte*) + sizeof(int)), std::size_t{64});
        }
        copies_ = reinterpret_cast<T*>(free);
        job_.finish = &panel_finish_;
    }

    void run() noexcept {
        const simd::matrix_tile_scope tiles;
        for (int group = 0; group < g_.groups; ++group) {
            walk_.start(group * g_.group_in());
            const int count = walk_.tiles();
            if (count == 0 || begin_ >= end_) {
                return;
            }
            if (resident_) {
                // What is read next is fetched evenly over the whole group.
                const auto steps = std::int64_t{(count + 1) / 2} * (end_ - begin_)
                                   * (panel_depth<Isa, T>(g_) / matrix_depth + 1);
                const bool last = group + 1 == g_.groups;
                fetch(last ? next_weights_ : nullptr, fetched_ahead, steps);
            }
            const balanced_split blocks((count + 1) / 2, block_ / 2);
            int left = count;
            for (int b = 0; b < blocks.tiles; ++b) {
                const int now = left < 2 * blocks.rows(b) ? left : 2 * blocks.rows(b);
                left -= now;
                take_block(now);
                panels(group, now, left == 0);
            }
        }
    }

private:
    // Bytes of what is read next that are worth a place in the cache.
    static constexpr std::size_t fetched_ahead = 256 * 1024;
    static constexpr std::int64_t most_fetches = 16;

    void take_block(int tiles) noexcept {
        const std::size_t copy = matrix_copy_elements<T>(g_);
        for (int i = 0; i < tiles; ++i) {
            const int pixels = walk_.next();
            take_rows<Isa>(walk_.table(), pixels, copies_ + static_cast<std::size_t>(i) * copy,
                           rows_[static_cast<std::size_t>(i)]);
        }
    }

    /// All panels of the part for the block's tiles.
    void panels(int group, int tiles, bool last_block) noexcept {
        const std::size_t group_elements = detail::group_elements<Isa, T>(g_);
        const int columns = tiling_.nv * Isa::lanes;
        const bool last_group = group + 1 == g_.groups;
        for (int panel = begin_; panel < end_; ++panel) {
            const int skipped = panel * columns;
            const int column = group * g_.group_out() + skipped;
            nv_ = panel + 1 == tiling_.panels ? tiling_.tail_nv : tiling_.nv;
            const int left =
                (last_group ? stored_columns(g_.group_out()) : g_.group_out()) - skipped;
            job_.columns = left < nv_ * Isa::lanes ? left : nv_ * Isa::lanes;
            job_.weights = weights_ + static_cast<std::size_t>(group) * group_elements
                           + static_cast<std::size_t>(panel) * panel_elements_;
            job_.bias = bias_ + group * round_up(g_.group_out(), Isa::lanes) + skipped;
            job_.out = out_ + column;
            panel_finish_.residual =
                finish_.residual == nullptr ? nullptr : finish_.residual + column;
            if (!resident_) {
                fetch_after(panel, tiles, last_block && last_group);
            }
            for (int i = 0; i < tiles;) {
                i += compute(i, tiles);
            }
        }
    }

    /// Fetches what is read after `panel` by the time that the block's tiles are through.
    void fetch_after(int panel, int tiles, bool last) noexcept {
        const void* const next = panel + 1 < end_ ? job_.weights + panel_elements_
                                 : last           ? next_weights_
                                                  : nullptr;
        fetch(next, panel_elements_ * sizeof(T),
              std::int64_t{(tiles + 1) / 2} * rows_[0].segments * rows_[0].steps);
    }

    /// Fetches `bytes` within `steps`, several lines per step where it takes that.
    void fetch(const void* from, std::size_t bytes, std::int64_t steps) noexcept {
        const auto lines = static_cast<std::int64_t>(bytes / cache_line);
        const std::int64_t needed = ceil_div(lines, steps);
        job_.fetches = static_cast<int>(needed < most_fetches ? needed : most_fetches);
        stream_.start(from, bytes, steps * job_.fetches);
    }

    /// Computes one or two tiles and returns how many.
    int compute(int i, int tiles) noexcept {
        const matrix_rows<T>* const rows = &rows_[static_cast<std::size_t>(i)];
        const bool pair = i + 1 < tiles && rows[0].reads_same_taps(rows[1]);
        job_.rows = rows;
        job_.pace = stream_.pace();
        job_.prefetch = stream_.take(std::int64_t{rows[0].segments} * rows[0].steps * job_.fetches);
        if (pair) {
            nv_ == 2 ? matrix_kernel<Isa, T, Out, 2, 2>(job_)
                     : matrix_kernel<Isa, T, Out, 2, 1>(job_);
        } else {
            nv_ == 2 ? matrix_kernel<Isa, T, Out, 1, 2>(job_)
                     : matrix_kernel<Isa, T, Out, 1, 1>(job_);
        }
        return pair ? 2 : 1;
    }

    /// Columns to store of `columns` that end a pixel: with the one that completes a pair.
    [[nodiscard]] int stored_columns(int columns) const noexcept {
        const int padded = pitch_of(g_.out_c, format_of<Out>);
        return columns + (padded < g_.out_pitch ? padded : g_.out_pitch) - g_.out_c;
    }

    conv_geometry g_;
    conv_tiling tiling_;
    const T* weights_;
    const float* bias_;
    Out* out_;
    epilogue<Out> finish_;
    epilogue<Out> panel_finish_;
    const void* next_weights_;
    tile_walk<T> walk_;
    int begin_;      ///< the first panel of the part
    int end_;        ///< behind its last panel
    int block_;      ///< tiles
    bool resident_;  ///< whether the weights stay in the cache
    std::size_t panel_elements_;
    T* copies_ = nullptr;
    std::array<matrix_rows<T>, std::size_t{matrix_block_tiles}> rows_;
    weight_stream stream_;
    matrix_job<T, Out> job_{};
    int nv_ = 0;  ///< of the present panel
};

}  // namespace detail

#endif

}  // namespace soma::kernels
