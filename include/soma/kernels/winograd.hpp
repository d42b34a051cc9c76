// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The 3x3 convolution by Winograd's minimal filtering F(m x m, 3 x 3): a fraction of the products.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <soma/base/math.hpp>
#include <soma/kernels/epilogue.hpp>
#include <soma/kernels/geometry.hpp>
#include <soma/kernels/kernel_table.hpp>
#include <soma/kernels/tile_job.hpp>
#include <soma/kernels/tiling.hpp>
#include <soma/kernels/winograd_edges.hpp>
#include <soma/kernels/winograd_plan.hpp>

namespace soma::kernels {

namespace detail {

/// The weights yet to be read, in their order, fetched while others are multiplied.
class winograd_stream {
public:
    void start(const float* from, const float* end) noexcept {
        next_ = reinterpret_cast<std::uintptr_t>(from);
        end_ = reinterpret_cast<std::uintptr_t>(end);
    }

    /// Where to fetch the next `bytes` while the weights at `reading` are read; `instead`, which is
    /// in the cache, where fetching on would push out what was fetched before.
    [[nodiscard]] std::uintptr_t take(const float* reading,
                                      std::ptrdiff_t bytes,
                                      const float* instead) noexcept {
        const auto present = reinterpret_cast<std::uintptr_t>(reading);
        next_ = next_ < present ? present : next_;
        if (next_ >= end_ || next_ - present > lead) {
            return reinterpret_cast<std::uintptr_t>(instead);
        }
        const std::uintptr_t taken = next_;
        next_ += static_cast<std::uintptr_t>(bytes);
        return taken;
    }

private:
    static constexpr std::uintptr_t lead = 128 * 1024;
    std::uintptr_t next_ = 0;
    std::uintptr_t end_ = 0;
};

/// The loops of one part: blocks of tiles; for each its inputs transformed, then panel by panel its
/// products and their outputs.
template <class Isa, int M>
class winograd_run {
public:
    winograd_run(const conv_geometry& g,
                 const float* in,
                 const float* weights,
                 const float* bias,
                 float* out,
                 const epilogue<float>& finish,
                 std::byte* scratch,
                 const float* next_weights,
                 const conv_part& part,
                 const kernel_table<float, float>& table) noexcept
        : g_(g),
          part_(winograd_within<Isa>(g, M, part)),
          tiling_(winograd_tiling<Isa>(g)),
          blocks_(winograd_blocks<Isa>(g, M, part)),
          weights_(weights),
          next_weights_(next_weights),
          kernels_(table),
          pitch_(winograd_pitch(g)),
          input_stride_(winograd_stride(blocks_.rows(0), pitch_)),
          product_stride_(winograd_stride(blocks_.rows(0), tiling_.nv * Isa::lanes)),
          inputs_(reinterpret_cast<float*>(scratch)),
          products_(inputs_ + positions * input_stride_),
          edges_(g, in, products_ + positions * product_stride_, bias, out, finish) {
        job_.rows = rows_.data();
        job_.taps = &only_tap;
        job_.segments = 1;
        job_.steps = g.in_c;
        job_.lone = false;
        job_.bias = zeros.data();
        job_.pixels = pixels_.data();
        job_.finish = &finish_;
    }

    void run() noexcept {
        winograd_tile tile = edges_.tile_at(part_.first_row);
        for (int block = 0; block < blocks_.tiles; ++block) {
            const int tiles = blocks_.rows(block);
            const bool last = block + 1 == blocks_.tiles;
            const winograd_tile first = tile;
            const float* const weights = panel_weights(part_.first_panel);
            stream_.start(weights, panel_weights(part_.last_panel));
            for (int t = 0; t < tiles; ++t) {
                edges_.transform_input(
                    tile, inputs_ + std::ptrdiff_t{t} * pitch_, input_stride_,
                    stream_.take(weights, edges_.fetched_bytes(g_.in_c), inputs_));
                edges_.advance(tile);
            }
            for (int panel = part_.first_panel; panel < part_.last_panel; ++panel) {
                const int nv = panel + 1 == tiling_.panels ? tiling_.tail_nv : tiling_.nv;
                multiply(panel_weights(panel), nv, tiles, last && panel + 1 == part_.last_panel);
                finish(first, panel, nv * Isa::lanes, tiles);
            }
        }
    }

private:
    static constexpr int positions = winograd_filter<M>::positions;
    /// Floats of the next layer's weights to fetch at most.
    static constexpr std::ptrdiff_t following = 16 * 1024;
    static constexpr int only_tap = 0;
    alignas(
        64) static constexpr std::array<float, std::size_t{max_tile_vectors} * Isa::lanes> zeros{};

    [[nodiscard]] const float* panel_weights(int panel) const noexcept {
        const std::ptrdiff_t columns = panel == tiling_.panels
                                           ? round_up(g_.out_c, Isa::lanes)
                                           : std::ptrdiff_t{panel} * tiling_.nv * Isa::lanes;
        return weights_ + columns * positions * g_.in_c;
    }

    /// Transforms and stores a block's products with one panel.
    void finish(winograd_tile tile, int panel, int columns, int tiles) noexcept {
        const float* from = products_;
        const float* const read = reading_;
        for (int t = 0; t < tiles; ++t, from += columns) {
            edges_.transform_output(tile, from, product_stride_, panel * tiling_.nv * Isa::lanes,
                                    columns,
                                    stream_.take(read, edges_.fetched_bytes(columns), inputs_));
            edges_.advance(tile);
        }
    }

    /// The products of a block with one panel, `nv` vectors wide.
    void multiply(const float* weights, int nv, int tiles, bool last) noexcept {
        const int columns = nv * Isa::lanes;
        for (std::size_t m = 0; m < pixels_.size(); ++m) {
            pixels_[m] = static_cast<std::ptrdiff_t>(m) * columns;
        }
        job_.columns = columns;
        const balanced_split row_tiles = winograd_row_tiles<Isa>(tiling_, tiles);
        // A quarter faster than the weights are read, to catch up with what lay before them; faster
        // than that, fetches take the fill buffers that loads wait for.
        const int even = ceil_div(cache_line * nv * 5 / 4, row_tiles.tiles);
        job_.pace = static_cast<std::uintptr_t>(even < cache_line ? even : cache_line);
        const auto tile_bytes = static_cast<std::ptrdiff_t>(job_.pace) * g_.in_c;
        for (int p = 0; p < positions; ++p) {
            const float* row = inputs_ + p * input_stride_;
            job_.out = products_ + p * product_stride_;
            job_.weights = weights + std::ptrdiff_t{p} * g_.in_c * columns;
            reading_ = job_.weights;
            if (last && p + 1 == positions) {
                // Nothing is left of these weights: on to those that are read after them.
                stream_.start(next_weights_,
                              next_weights_ == nullptr ? nullptr : next_weights_ + following);
                reading_ = next_weights_;
            }
            for (int t = 0; t < row_tiles.tiles; ++t) {
                const int mr = row_tiles.rows(t);
                for (int m = 0; m < mr; ++m, row += pitch_) {
                    rows_[static_cast<std::size_t>(m)] = row;
                }
                job_.prefetch = stream_.take(reading_, tile_bytes, inputs_);
                kernels_.dense[static_cast<std::size_t>(nv)][static_cast<std::size_t>(mr)](job_);
                job_.out += std::ptrdiff_t{mr} * columns;
            }
        }
    }

    conv_geometry g_;
    conv_part part_;
    conv_tiling tiling_;
    balanced_split blocks_;
    const float* weights_;
    const float* next_weights_;
    const kernel_table<float, float>& kernels_;
    int pitch_;
    std::ptrdiff_t input_stride_, product_stride_;
    float* inputs_;    ///< `[position][tile][channel]`
    float* products_;  ///< `[position][tile][column of the panel]`
    winograd_edges<Isa, M> edges_;
    winograd_stream stream_;
    const float* reading_ = nullptr;  ///< the weights that are multiplied, or were last
    epilogue<float> finish_{};
    tile_job<float, float> job_{};
    std::array<const float*, std::size_t{row_pitch}> rows_{};
    std::array<std::ptrdiff_t, std::size_t{max_tile_rows}> pixels_{};
};

}  // namespace detail

/// Convolves `in` with weights from `winograd_pack`; defined by `reference::conv2d`, from which it
/// differs by at most what `reference::winograd_sum` says.
///
/// Each output is one fixed chain of operations, whatever the batch, the block and the part, so its
/// bits depend on nothing but its operands. All inputs of a tile of outputs reach each of them:
/// an infinity or NaN spreads over the tile. Writes `out_c` channels of each pixel of the part.
///
/// \pre `winograd_possible(g)`; `bias` comes from `pack_bias`; `scratch` is a multiple of 64 and
/// holds `winograd_scratch_bytes`; `Needed` holds `winograd_tiles_needed`. `next_weights`, or null,
/// is what will be read next. Rows of `part` are rows of tiles, see `winograd_within`.
template <class Isa, int M, tile_set Needed = all_tiles>
void winograd_conv2d(const conv_geometry& g,
                     const float* in,
                     const float* weights,
                     const float* bias,
                     float* out,
                     const epilogue<float>& finish,
                     std::byte* scratch,
                     const void* next_weights = nullptr,
                     const conv_part& part = {}) noexcept {
    static constexpr kernel_table<float, float> table =
        make_kernel_table<Isa, float, float, Needed>();
    detail::winograd_run<Isa, M>(g, in, weights, bias, out, finish, scratch,
                                 static_cast<const float*>(next_weights), part, table)
        .run();
}

}  // namespace soma::kernels
