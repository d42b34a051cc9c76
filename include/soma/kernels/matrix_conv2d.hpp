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
#include <soma/kernels/panel_walk.hpp>
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

/// Bytes of the lists of segments in `matrix_rows`.
[[nodiscard]] constexpr std::size_t matrix_list_bytes(const conv_geometry& g) noexcept {
    return round_up(static_cast<std::size_t>(g.taps()) * (sizeof(const std::byte*) + sizeof(int)),
                    std::size_t{64});
}

/// Bytes of scratch memory of a convolution on matrix tiles.
template <class Isa, class T>
[[nodiscard]] constexpr std::size_t matrix_scratch_bytes(const conv_geometry& g) noexcept {
    const auto tiles = static_cast<std::size_t>(matrix_block<Isa, T>(g));
    return row_table_bytes<T>(g)
           + tiles * (matrix_copy_elements<T>(g) * sizeof(T) + matrix_list_bytes(g));
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
          panels_(g, weights, bias, out, finish, part),
          next_weights_(next_weights),
          walk_(g, simd::tile_height, in, scratch, part, merges_borders(g)),
          block_(matrix_block<Isa, T>(g)),
          resident_(block_ == 2) {
        std::byte* free = scratch + row_table_bytes<T>(g);
        for (int i = 0; i < block_; ++i) {
            matrix_rows<T>& rows = rows_[static_cast<std::size_t>(i)];
            rows.starts = reinterpret_cast<const std::byte**>(free);
            rows.taps = reinterpret_cast<int*>(rows.starts + g.taps());
            free += matrix_list_bytes(g);
        }
        copies_ = reinterpret_cast<T*>(free);
    }

    void run() noexcept {
        const simd::matrix_tile_scope tiles;
        for (int group = 0; group < g_.groups; ++group) {
            walk_.start(group * g_.group_in());
            const int count = walk_.tiles();
            if (count == 0 || panels_.count() <= 0) {
                return;
            }
            if (resident_) {
                // What is read next is fetched evenly over the whole group.
                const auto steps = std::int64_t{(count + 1) / 2} * panels_.count()
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
                compute_block(group, now, left == 0);
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
    void compute_block(int group, int tiles, bool last_block) noexcept {
        const bool last_group = group + 1 == g_.groups;
        panels_.start(group, job_);
        do {
            if (!resident_) {
                fetch_after(tiles, last_block && last_group);
            }
            for (int i = 0; i < tiles;) {
                i += compute(i, tiles);
            }
        } while (panels_.next(job_));
    }

    /// Fetches what is read after the present panel by the time that the block's tiles are through.
    void fetch_after(int tiles, bool last) noexcept {
        const void* const next = !panels_.at_last() ? panels_.next_weights(job_)
                                 : last             ? next_weights_
                                                    : nullptr;
        fetch(next, panels_.panel_bytes(),
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
            panels_.vectors() == 2 ? matrix_kernel<Isa, T, Out, 2, 2>(job_)
                                   : matrix_kernel<Isa, T, Out, 2, 1>(job_);
        } else {
            panels_.vectors() == 2 ? matrix_kernel<Isa, T, Out, 1, 2>(job_)
                                   : matrix_kernel<Isa, T, Out, 1, 1>(job_);
        }
        return pair ? 2 : 1;
    }

    conv_geometry g_;
    panel_walk<Isa, T, Out> panels_;
    const void* next_weights_;
    tile_walk<T> walk_;
    int block_;      ///< tiles
    bool resident_;  ///< whether the weights stay in the cache
    T* copies_ = nullptr;
    std::array<matrix_rows<T>, std::size_t{matrix_block_tiles}> rows_;
    weight_stream stream_;
    matrix_job<T, Out> job_{};
};

}  // namespace detail

#endif

}  // namespace soma::kernels
