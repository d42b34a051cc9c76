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
#include <soma/kernels/pack.hpp>
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
          tiling_(pick_tiling<Isa, T>(g)),
          weights_(weights),
          bias_(bias),
          out_(out),
          finish_(finish),
          panel_finish_(finish),
          next_weights_(next_weights),
          kernels_(table),
          walk_(g, g.depthwise() ? depthwise_rows<Isa> : tiling_.mr, in, scratch, part),
          begin_(part.first_panel),
          end_(part.last_panel < tiling_.panels ? part.last_panel : tiling_.panels),
          read_bytes_(bytes_read(g, part)),
          fetches_rows_(g_.stride_w * g_.in_pitch * static_cast<int>(sizeof(T)) >= cache_line),
          group_elements_(group_elements<Isa, T>(g_)),
          panel_elements_(static_cast<std::size_t>(tiling_.nv * Isa::lanes)
                          * static_cast<std::size_t>(g_.taps())
                          * static_cast<std::size_t>(packed_depth<T>(g_))),
          part_bytes_((end_ == tiling_.panels
                           ? group_elements_ - static_cast<std::size_t>(begin_) * panel_elements_
                           : static_cast<std::size_t>(end_ - begin_) * panel_elements_)
                      * sizeof(T)),
          group_bias_(round_up(g_.group_out(), Isa::lanes)) {
        job_.rows = walk_.table().rows();
        job_.taps = walk_.table().taps();
        job_.pixels = walk_.table().pixels();
        job_.finish = &panel_finish_;
    }

    void dense() noexcept {
        for (int group = 0; group < g_.groups; ++group) {
            walk_.start(group * g_.group_in());
            if (part_bytes_ <= cache_share) {
                rows_then_panels(group);
            } else {
                panels_then_rows(group);
            }
        }
    }

    void depthwise() noexcept {
        job_.weights = weights_;
        job_.bias = bias_;
        job_.out = out_;
        job_.columns = stored_columns(g_.out_c);
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
        stream_.start(last_group ? next_weights_ : nullptr, part_bytes_, 0);
        each_tile(walk_.tiles(), [&](int mr) {
            first_panel(group);
            compute(mr);
            for (int panel = begin_ + 1; panel < end_; ++panel) {
                next_panel(panel);
                compute(mr);
            }
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
            first_panel(group);
            for (int panel = begin_; panel < end_; ++panel) {
                if (panel > begin_) {
                    next_panel(panel);
                    walk_ = start;
                }
                stream_.start(after(group, block + 1 == blocks.tiles, panel),
                              panel_elements_ * sizeof(T),
                              std::int64_t{blocks.rows(block)} * steps);
                each_tile(blocks.rows(block), [&](int mr) { compute(mr); });
            }
        }
    }

    /// The weights that are read after `panel`.
    [[nodiscard]] const void* after(int group, bool last_block, int panel) const noexcept {
        if (panel + 1 < end_) {
            return job_.weights + panel_elements_;
        }
        if (!last_block) {
            return weights_ + static_cast<std::size_t>(group) * group_elements_
                   + static_cast<std::size_t>(begin_) * panel_elements_;
        }
        return next_weights_;
    }

    /// Blocks of activations that stay in the cache while all panels pass, where that moves less
    /// memory than passing all activations for each panel.
    [[nodiscard]] int row_blocks() const noexcept {
        constexpr auto share = static_cast<std::int64_t>(cache_share);
        if (read_bytes_ <= share) {
            return 1;
        }
        const std::int64_t blocks = ceil_div(read_bytes_, share / 2);
        const auto weights = static_cast<std::int64_t>(part_bytes_);
        return blocks * weights < (end_ - begin_) * read_bytes_ ? static_cast<int>(blocks) : 1;
    }

    /// Bytes of the activations that `part` reads, about.
    [[nodiscard]] static std::int64_t bytes_read(const conv_geometry& g,
                                                 const conv_part& part) noexcept {
        const int rows = g.batch * g.out_h;
        const std::int64_t own = (part.last_row < rows ? part.last_row : rows) - part.first_row;
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

    /// Points the job at the part's first panel of a group.
    void first_panel(int group) noexcept {
        const int skipped = begin_ * tiling_.nv * Isa::lanes;
        const int column = group * g_.group_out() + skipped;
        const bool last_group = group + 1 == g_.groups;
        columns_left_ = (last_group ? stored_columns(g_.group_out()) : g_.group_out()) - skipped;
        job_.weights = weights_ + static_cast<std::size_t>(group) * group_elements_
                       + static_cast<std::size_t>(begin_) * panel_elements_;
        job_.bias = bias_ + group * group_bias_ + skipped;
        job_.out = out_ + column;
        panel_finish_.residual = finish_.residual == nullptr ? nullptr : finish_.residual + column;
        set_width(begin_);
    }

    /// Points the job at `panel`, the one after the present one.
    void next_panel(int panel) noexcept {
        const int columns = tiling_.nv * Isa::lanes;
        columns_left_ -= columns;
        job_.weights += panel_elements_;
        job_.bias += columns;
        job_.out += columns;
        if (panel_finish_.residual != nullptr) {
            panel_finish_.residual += columns;
        }
        set_width(panel);
    }

    void set_width(int panel) noexcept {
        nv_ = panel + 1 == tiling_.panels ? tiling_.tail_nv : tiling_.nv;
        job_.columns = columns_left_ < nv_ * Isa::lanes ? columns_left_ : nv_ * Isa::lanes;
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
        kernels_.dense[static_cast<std::size_t>(nv_)][static_cast<std::size_t>(mr)](job_);
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
    const kernel_table<T, Out>& kernels_;
    tile_walk<T> walk_;
    int begin_;                ///< the first panel of the part
    int end_;                  ///< behind its last panel
    std::int64_t read_bytes_;  ///< of activations
    bool fetches_rows_;
    weight_stream stream_;
    tile_job<T, Out> job_{};
    std::size_t group_elements_;  ///< of packed weights
    std::size_t panel_elements_;  ///< of packed weights
    std::size_t part_bytes_;      ///< of the packed weights of a group that the part reads
    int group_bias_;              ///< floats of a group's bias
    int columns_left_ = 0;        ///< columns of the group from the present panel on
    int nv_ = 0;                  ///< of the present panel
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
