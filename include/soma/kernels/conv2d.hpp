// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Convolution, and with it every linear layer: `out = epilogue(bias + sum of products)`.

#include <cstddef>
#include <cstdint>

#include <soma/base/math.hpp>
#include <soma/kernels/epilogue.hpp>
#include <soma/kernels/geometry.hpp>
#include <soma/kernels/kernel_table.hpp>
#include <soma/kernels/matrix_conv2d.hpp>
#include <soma/kernels/panel_walk.hpp>
#include <soma/kernels/part.hpp>
#include <soma/kernels/row_table.hpp>
#include <soma/kernels/tile_job.hpp>
#include <soma/kernels/tile_walk.hpp>
#include <soma/kernels/tiling.hpp>
#include <soma/kernels/weight_stream.hpp>
#include <soma/numeric/format.hpp>

namespace soma::kernels {

/// Bytes of scratch memory that `conv2d` needs, at an address that is a multiple of 64.
template <class Isa, numeric_format T>
[[nodiscard]] constexpr std::size_t conv_scratch_bytes(const conv_geometry& g) noexcept {
    if (uses_matrix_tiles<Isa, T> && !g.depthwise()) {
        return matrix_scratch_bytes<Isa, T>(g);
    }
    return row_table_bytes<T>(g);
}

namespace detail {

/// The loops around the tiles. One instantiation serves every tile set of its formats.
template <class Isa, class T, class Out>
class conv_run {
public:
    conv_run(const conv_geometry& g,
             const T* in,
             const T* weights,
             const float* bias,
             Out* out,
             const epilogue<Out>& finish,
             std::byte* scratch,
             const void* next_weights,
             const conv_part& part,
             const kernel_table<T, Out>& table) noexcept
        : g_(flatten_pixels(g)),
          panels_(g, weights, bias, out, finish, part),
          next_weights_(next_weights),
          kernels_(table),
          walk_(g, g.depthwise() ? depthwise_rows<Isa> : panels_.tiling().mr, in, scratch, part),
          read_bytes_(bytes_read(g, part)),
          fetches_rows_(g_.stride_w * g_.in_pitch * static_cast<int>(sizeof(T)) >= cache_line) {
        job_.rows = walk_.table().rows();
        job_.taps = walk_.table().taps();
        job_.pixels = walk_.table().pixels();
    }

    void dense() noexcept {
        if (panels_.count() <= 0) {
            return;
        }
        for (int group = 0; group < g_.groups; ++group) {
            walk_.start(group * g_.group_in());
            if (panels_.part_bytes() <= cache_share) {
                rows_then_panels(group);
            } else {
                panels_then_rows(group);
            }
        }
    }

    void depthwise() noexcept {
        panels_.start_depthwise(job_);
        each_tile(walk_.tiles(), [&](int mr) {
            job_.steps = g_.in_c;
            kernels_.depthwise[static_cast<std::size_t>(mr)](job_);
        });
    }

private:
    // Of a second-level cache of 1 MiB; 400 KiB measured slower for layers just above it.
    static constexpr std::size_t cache_share = 600 * 1024;

    /// The weights stay in the cache and the activations are read once.
    void rows_then_panels(int group) noexcept {
        const bool last_group = group + 1 == g_.groups;
        stream_.start(last_group ? next_weights_ : nullptr, panels_.part_bytes(), 0);
        each_tile(walk_.tiles(), [&](int mr) {
            panels_.start(group, job_);
            do {
                compute(mr);
            } while (panels_.next(job_));
        });
    }

    /// The weights are read panel by panel, all of them for each block of activations.
    void panels_then_rows(int group) noexcept {
        const int tiles = walk_.tiles();
        const balanced_split blocks(tiles, ceil_div(tiles, row_blocks()));
        constexpr int together = format_of<T> == format::bf16 ? 2 : 1;
        const int steps = g_.taps() * packed_depth<T>(g_) / together;
        for (int block = 0; block < blocks.tiles; ++block) {
            const tile_walk<T> start = walk_;
            panels_.start(group, job_);
            do {
                walk_ = start;
                stream_.start(after(group, block + 1 == blocks.tiles), panels_.panel_bytes(),
                              std::int64_t{blocks.rows(block)} * steps);
                each_tile(blocks.rows(block), [&](int mr) { compute(mr); });
            } while (panels_.next(job_));
        }
    }

    /// The weights that are read after the present panel's.
    [[nodiscard]] const void* after(int group, bool last_block) const noexcept {
        if (!panels_.at_last()) {
            return panels_.next_weights(job_);
        }
        return last_block ? next_weights_ : panels_.first_weights(group);
    }

    /// Blocks of activations that stay in the cache while all panels pass, where that moves less
    /// memory than passing all activations for each panel.
    [[nodiscard]] int row_blocks() const noexcept {
        constexpr auto share = static_cast<std::int64_t>(cache_share);
        if (read_bytes_ <= share) {
            return 1;
        }
        const std::int64_t blocks = ceil_div(read_bytes_, share / 2);
        const auto weights = static_cast<std::int64_t>(panels_.part_bytes());
        return blocks * weights < panels_.count() * read_bytes_ ? static_cast<int>(blocks) : 1;
    }

    /// Bytes of the activations that `part` reads, about.
    [[nodiscard]] static std::int64_t bytes_read(const conv_geometry& g,
                                                 const conv_part& part) noexcept {
        const int rows = g.batch * g.out_h;
        const std::int64_t own = part.within(rows, conv_part::all).last_row - part.first_row;
        // Windows that do not touch leave pixels between them out.
        const auto touched = [](int out, int stride, int kernel, int in) {
            const int span = out * (kernel < stride ? kernel : stride);
            return std::int64_t{span < in ? span : in};
        };
        const std::int64_t pixels = touched(g.out_h, g.stride_h, g.kernel_h, g.in_h)
                                    * touched(g.out_w, g.stride_w, g.kernel_w, g.in_w);
        return own * pixels * g.batch / rows * g.in_pitch * static_cast<std::int64_t>(sizeof(T));
    }

    /// Calls `f(rows)` for each of the next `tiles` tiles, with its rows in the table.
    template <class F>
    void each_tile(int tiles, F&& f) noexcept {
        constexpr bool pairs = format_of<T> == format::bf16;
        for (int tile = 0; tile < tiles; ++tile) {
            const int mr = walk_.next();
            const row_table<T>& table = walk_.table();
            job_.segments = table.segments();
            job_.steps = pairs ? table.length() / 2 : table.length();
            job_.lone = pairs && table.length() % 2 != 0;
            f(mr);
        }
    }

    void compute(int mr) noexcept {
        // One fetch per step: the next panel while there is something left of it, then the
        // rows of the next tile. Where those are so short that the present tile reads them too, it
        // is the output that misses the cache.
        job_.pace = stream_.pace();
        job_.prefetch = stream_.take(std::int64_t{job_.segments} * job_.steps);
        if (job_.prefetch == 0) {
            job_.pace = cache_line;
            job_.prefetch =
                fetches_rows_
                    ? walk_.table().upcoming()
                    : reinterpret_cast<std::uintptr_t>(job_.out)
                          + static_cast<std::uintptr_t>(walk_.table().next_pixel()) * sizeof(Out);
        }
        const auto nv = static_cast<std::size_t>(panels_.vectors());
        kernels_.dense[nv][static_cast<std::size_t>(mr)](job_);
    }

    conv_geometry g_;
    panel_walk<Isa, T, Out> panels_;
    const void* next_weights_;
    const kernel_table<T, Out>& kernels_;
    tile_walk<T> walk_;
    std::int64_t read_bytes_;  ///< of activations
    bool fetches_rows_;
    weight_stream stream_;
    tile_job<T, Out> job_{};
};

}  // namespace detail

/// Convolves `in` with packed weights; defined by `reference::conv2d`.
///
/// `T` is the format of activations and weights; sums are FP32 and rounded once, to `Out`. Each
/// output is one chain of fused multiply-adds - bias, taps row by row, channels - whatever the
/// batch and the tile, so its bits depend on nothing but its operands. Writes `out_c` channels of
/// each pixel, with BF16 outputs one more where `out_c` is odd and the pitch has room for it.
///
/// `part` says how much of it this call computes.
///
/// \pre `weights` and `bias` come from `pack_conv` and `pack_bias`; `scratch` is a multiple of 64
/// and holds `conv_scratch_bytes`; `Needed` holds `tiles_needed(g, part)`; with BF16, what pads the
/// pixels of `in` is finite. `next_weights`, or null, is what will be read next.
template <class Isa, numeric_format T, numeric_format Out, tile_set Needed = all_tiles>
void conv2d(const conv_geometry& g,
            const T* in,
            const T* weights,
            const float* bias,
            Out* out,
            const epilogue<Out>& finish,
            std::byte* scratch,
            const void* next_weights = nullptr,
            const conv_part& part = {}) noexcept {
#if SOMA_HAS_AMX_BF16
    if constexpr (uses_matrix_tiles<Isa, T>) {
        if (!g.depthwise()) {
            detail::matrix_conv_run<Isa, T, Out>(g, in, weights, bias, out, finish, scratch,
                                                 next_weights, part)
                .run();
            return;
        }
    }
#endif
    static constexpr kernel_table<T, Out> table = make_kernel_table<Isa, T, Out, Needed>();
    detail::conv_run<Isa, T, Out> run(g, in, weights, bias, out, finish, scratch, next_weights,
                                      part, table);
    if (g.depthwise()) {
        run.depthwise();
    } else {
        run.dense();
    }
}

}  // namespace soma::kernels
