// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Convolution, and with it every linear layer: `out = epilogue(bias + sum of products)`.

#include <array>
#include <cstddef>

#include <soma/base/math.hpp>
#include <soma/kernels/border.hpp>
#include <soma/kernels/epilogue.hpp>
#include <soma/kernels/geometry.hpp>
#include <soma/kernels/kernel_table.hpp>
#include <soma/kernels/pack.hpp>
#include <soma/kernels/row_table.hpp>
#include <soma/kernels/tile_job.hpp>
#include <soma/kernels/tiling.hpp>
#include <soma/numeric/format.hpp>

namespace soma::kernels {

/// Bytes of scratch memory that `conv2d` needs, at an address that is a multiple of 64.
template <class Isa, numeric_format T>
[[nodiscard]] constexpr std::size_t conv_scratch_bytes(const conv_geometry& g) noexcept {
    return row_table_bytes<T>(g);
}

namespace detail {

/// Cache lines still to be fetched while tiles compute.
class prefetch_stream {
public:
    /// Nothing to fetch; `resident` is an address that is in the cache anyway.
    explicit prefetch_stream(const void* resident) noexcept
        : resident_(static_cast<const char*>(resident)) {}

    void start(const void* from, std::size_t bytes) noexcept {
        next_ = static_cast<const char*>(from);
        left_ = from == nullptr ? 0 : static_cast<std::ptrdiff_t>(bytes);
    }

    /// Gives the next `lines` to `job`, one for each of its steps.
    template <class Job>
    void feed(Job& job, std::ptrdiff_t lines) noexcept {
        constexpr std::ptrdiff_t line = 64;
        if (left_ > 0) {
            job.prefetch = next_;
            job.prefetch_stride = line;
            next_ += lines * line;
            left_ -= lines * line;
        } else {
            job.prefetch = resident_;
            job.prefetch_stride = 0;
        }
    }

private:
    const char* resident_;
    const char* next_ = nullptr;
    std::ptrdiff_t left_ = 0;
};

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
             const kernel_table<T, Out>& table) noexcept
        : g_(flatten_pixels(g)),
          tiling_(pick_tiling<Isa, T>(g)),
          rects_(border_rects(g_)),
          weights_(weights),
          bias_(bias),
          out_(out),
          finish_(finish),
          panel_finish_(finish),
          next_weights_(next_weights),
          kernels_(table),
          table_(g_, in, scratch),
          stream_(bias),
          group_elements_(group_elements<Isa, T>(g_)),
          panel_elements_(static_cast<std::size_t>(tiling_.nv * Isa::lanes)
                          * static_cast<std::size_t>(g_.taps())
                          * static_cast<std::size_t>(packed_depth<T>(g_))),
          group_bias_(round_up(g_.group_out(), Isa::lanes)) {
        job_.rows = table_.rows();
        job_.taps = table_.taps();
        job_.pixels = table_.pixels();
        job_.finish = &panel_finish_;
    }

    void dense() noexcept {
        // Weights beyond a share of the second-level cache are read once, panel by panel, with the
        // activations again for each panel; smaller ones stay and the activations are read once.
        constexpr std::size_t resident_weights = 400 * 1024;
        const std::size_t bytes = group_elements_ * sizeof(T);
        for (int group = 0; group < g_.groups; ++group) {
            if (bytes <= resident_weights) {
                stream_.start(group + 1 == g_.groups ? next_weights_ : nullptr, bytes);
                each_tile(group, tiling_.mr, [&](int mr) {
                    first_panel(group);
                    compute(mr);
                    for (int panel = 1; panel < tiling_.panels; ++panel) {
                        next_panel(panel);
                        compute(mr);
                    }
                });
            } else {
                first_panel(group);
                for (int panel = 0; panel < tiling_.panels; ++panel) {
                    if (panel > 0) {
                        next_panel(panel);
                    }
                    const bool last = panel + 1 == tiling_.panels;
                    stream_.start(last ? next_weights_ : job_.weights + panel_elements_,
                                  panel_elements_ * sizeof(T));
                    each_tile(group, tiling_.mr, [&](int mr) { compute(mr); });
                }
            }
        }
    }

    void depthwise() noexcept {
        job_.weights = weights_;
        job_.bias = bias_;
        job_.out = out_;
        job_.columns = stored_columns(g_.out_c);
        stream_.start(nullptr, 0);
        each_tile(0, depthwise_rows<Isa>, [&](int mr) {
            job_.steps = g_.in_c;
            kernels_.depthwise[static_cast<std::size_t>(mr)](job_);
        });
    }

private:
    /// Calls `f(rows)` for each tile, with its rows in the table.
    template <class F>
    void each_tile(int group, int most, F&& f) noexcept {
        constexpr bool pairs = format_of<T> == format::bf16;
        const int first_channel = group * g_.group_in();
        for (const pixel_rect& rect : rects_) {
            const balanced_split split(g_.batch * rect.pixels(), most);
            table_.start(rect, first_channel);
            job_.steps = pairs ? table_.length() / 2 : table_.length();
            job_.lone = pairs && table_.length() % 2 != 0;
            for (int tile = 0; tile < split.tiles; ++tile) {
                const int mr = split.rows(tile);
                table_.advance(mr);
                job_.segments = table_.segments();
                f(mr);
            }
        }
    }

    /// Points the job at the first panel of a group.
    void first_panel(int group) noexcept {
        const int column = group * g_.group_out();
        const bool last_group = group + 1 == g_.groups;
        columns_left_ = last_group ? stored_columns(g_.group_out()) : g_.group_out();
        job_.weights = weights_ + static_cast<std::size_t>(group) * group_elements_;
        job_.bias = bias_ + group * group_bias_;
        job_.out = out_ + column;
        panel_finish_.residual = finish_.residual == nullptr ? nullptr : finish_.residual + column;
        set_width(0);
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
        stream_.feed(job_, std::ptrdiff_t{job_.segments} * job_.steps);
        kernels_.dense[static_cast<std::size_t>(nv_)][static_cast<std::size_t>(mr)](job_);
    }

    /// Columns to store of `columns` that end a pixel: with the one that completes a pair.
    [[nodiscard]] int stored_columns(int columns) const noexcept {
        const int padded = pitch_of(g_.out_c, format_of<Out>);
        return columns + (padded < g_.out_pitch ? padded : g_.out_pitch) - g_.out_c;
    }

    conv_geometry g_;
    conv_tiling tiling_;
    std::array<pixel_rect, 5> rects_;
    const T* weights_;
    const float* bias_;
    Out* out_;
    epilogue<Out> finish_;
    epilogue<Out> panel_finish_;
    const void* next_weights_;
    const kernel_table<T, Out>& kernels_;
    row_table<T> table_;
    prefetch_stream stream_;
    tile_job<T, Out> job_{};
    std::size_t group_elements_;  ///< of packed weights
    std::size_t panel_elements_;  ///< of packed weights
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
/// \pre `weights` and `bias` come from `pack_conv` and `pack_bias`; `scratch` is a multiple of 64
/// and holds `conv_scratch_bytes`; `Needed` holds `tiles_needed(g)`; with BF16, what pads the
/// pixels of `in` is finite. `next_weights`, or null, is what will be read next.
template <class Isa, numeric_format T, numeric_format Out, tile_set Needed = all_tiles>
void conv2d(const conv_geometry& g,
            const T* in,
            const T* weights,
            const float* bias,
            Out* out,
            const epilogue<Out>& finish,
            std::byte* scratch,
            const void* next_weights = nullptr) noexcept {
    static constexpr kernel_table<T, Out> table = make_kernel_table<Isa, T, Out, Needed>();
    detail::conv_run<Isa, T, Out> run(
        g, in, weights, bias, out, finish, scratch, next_weights, table);
    if (g.depthwise()) {
        run.depthwise();
    } else {
        run.dense();
    }
}

}  // namespace soma::kernels
