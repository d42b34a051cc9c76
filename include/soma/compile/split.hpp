// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The pass that cuts each node into chunks for the cores that share it.
///
/// Everything is estimated in nanoseconds of a nominal core: two vector multiply-adds in each of
/// three cycles, four times as much on matrix tiles, `bytes_per_ns` between its second-level cache
/// and what lies behind. Real cores differ from it by a factor that all cuts of a node share, so
/// the choice hardly depends on it.
///
/// A convolution can be cut by output rows, where each chunk reads all weights and its share of the
/// activations, or by panels of output channels, where it is the other way round:
///
///     time = multiply-adds of the busiest core, whole tiles
///          + bytes of activations and weights that it reads / bytes_per_ns
///          + its chunks * grain / 10, the price of a chunk
///
/// Matrix tiles gather the windows of a chunk's pixels, which a cut by panels does for each chunk.
/// What a chunk reads again is free where it fits the second-level cache, `kept_bytes`. The
/// cheapest cut wins; among those within 2 % of it the one of most chunks, because a core that
/// is busy elsewhere delays a run by the chunk it holds. All other nodes are cut into equal runs of
/// the units their kernels count. No chunk is shorter than the grain; a node of less than two
/// grains is one chunk.

#include <cstddef>
#include <cstdint>

#include <soma/base/math.hpp>
#include <soma/compile/plan_node.hpp>
#include <soma/kernels/pool.hpp>
#include <soma/kernels/tiling.hpp>
#include <soma/kernels/winograd_plan.hpp>

namespace soma {

namespace passes {

/// The least work of a chunk: claiming it and the barrier behind its node take about 0.3 and 0.5
/// microseconds.
inline constexpr int default_grain = 3'000;
/// Chunks of a core where its share is long enough: a busy core holds up a quarter of it at most.
inline constexpr int most_chunks_per_core = 4;
/// Vector multiply-adds.
template <simd::instruction_set Isa, numeric_format T>
inline constexpr double fma_per_ns = kernels::uses_matrix_tiles<Isa, T> ? 24 : 6;
inline constexpr double bytes_per_ns = 16;
inline constexpr double kept_bytes = 1024 * 1024;

/// A way to cut a node.
struct node_split {
    cut how = cut::one;
    int units = 1;
    int chunks = 1;
    double ns = 0;  ///< estimate for the busiest core
};

/// Rows of one sample: of pixels, or of the tiles that a convolution is filtered by.
[[nodiscard]] constexpr int rows_of_sample(const plan_node& n) noexcept {
    return n.algorithm == kernels::algorithm::direct
               ? n.out_shape.h
               : ceil_div(n.out_shape.h, kernels::winograd_outputs(n.algorithm));
}

/// Units of node `n` for `batch` samples in the cut `how`.
///
/// Another algorithm for a convolution says here what its rows are, in `matmul_split` what they
/// cost and in its kernel how it computes a `conv_part` of them.
[[nodiscard]] constexpr int units_of(const plan_node& n, cut how, int batch, int panels) noexcept {
    switch (how) {
        case cut::one: return 1;
        case cut::rows: return batch * rows_of_sample(n);
        case cut::panels: return panels;
        case cut::pixels: {
            const extents& image = n.kind == op::flatten ? n.in_shape : n.out_shape;
            return batch * image.h * image.w;
        }
        case cut::channels: return batch * ceil_div(n.out_shape.c, kernels::pooled_channels);
    }
    return 1;
}

/// How a node without weights in panels can be cut.
[[nodiscard]] constexpr cut natural_cut(op kind) noexcept {
    switch (kind) {
        case op::input:
        case op::max_pool:
        case op::average_pool: return cut::rows;
        case op::global_average_pool: return cut::channels;
        case op::custom:
        case op::slice:
        case op::identity: return cut::one;
        default: return cut::pixels;
    }
}

/// `chunks` of `cores` for `units` units and `ns` nanoseconds of work in all: `per_core` for each
/// core, or fewer where a chunk would be shorter than `grain`.
[[nodiscard]] constexpr int chunks_for(
    int units, double ns, int cores, int per_core, int grain) noexcept {
    const double most = ns / grain;
    const int wanted = per_core * cores;
    const int worth = most >= wanted ? wanted : static_cast<int>(most);
    // Whole rounds, so that every core has as many.
    const int even = worth > cores ? worth / cores * cores : worth;
    const int possible = even < units ? even : units;
    return possible < 2 ? 1 : possible;
}

namespace detail {

/// What estimates of one matmul have in common.
struct matmul_costs {
    int panels = 1;
    int units_in_panel = 1;  ///< vectors of output channels, of all groups
    int mr = 1;
    double steps = 0;             ///< multiply-adds of a vector of outputs
    double activation_bytes = 0;  ///< of the input
    double window_bytes = 0;      ///< of all windows, where a kernel gathers them for every chunk
    double weight_bytes = 0;
    int rows = 1, pixels = 1;  ///< for Winograd's filtering rows of tiles, and tiles
};

/// Vector multiply-adds of `pixels` pixels cut into `runs` for `vectors` vectors of channels: a
/// tile costs as much as a row of it more, for what it loads and stores.
[[nodiscard]] constexpr double tile_steps(const matmul_costs& m,
                                          int pixels,
                                          int runs,
                                          int vectors) noexcept {
    const int tiles = runs * ceil_div(ceil_div(pixels, runs), m.mr);
    return static_cast<double>(pixels + tiles) * vectors * m.steps;
}

/// Bytes that come from behind the second-level cache when `bytes` are read `times` times.
[[nodiscard]] constexpr double read_bytes(double bytes, int times) noexcept {
    return bytes <= kept_bytes ? bytes : times * bytes;
}

}  // namespace detail

/// The cut of the matmul `n`, whose geometry and tile are known.
template <simd::instruction_set Isa, numeric_format T>
[[nodiscard]] constexpr node_split matmul_split(const plan_node& n, int cores, int grain) noexcept {
    const kernels::conv_geometry& g = n.geometry;
    const bool filtered = n.algorithm != kernels::algorithm::direct;
    const kernels::conv_tiling tiling =
        filtered ? kernels::winograd_tiling<Isa>(g) : kernels::pick_tiling<Isa, T>(g);
    const bool depthwise = g.depthwise();
    detail::matmul_costs m;
    m.panels = depthwise ? 1 : tiling.panels;
    m.units_in_panel = depthwise ? ceil_div(g.out_c, Isa::lanes) : tiling.nv * g.groups;
    m.mr = depthwise ? kernels::depthwise_rows<Isa> : tiling.mr;
    m.steps = static_cast<double>(g.taps()) * kernels::packed_depth<T>(g)
              / (format_of<T> == format::bf16 ? 2 : 1);
    m.activation_bytes =
        static_cast<double>(std::int64_t{g.batch} * g.in_h * g.in_w * g.in_pitch) * sizeof(T);
    m.weight_bytes = static_cast<double>(n.weights_bytes);
    if (kernels::uses_matrix_tiles<Isa, T> && !depthwise) {
        m.window_bytes = static_cast<double>(g.pixels()) * g.taps() * g.group_in() * sizeof(T);
    }

    const double rate = fma_per_ns<Isa, T>, price = grain / 10.0;
    m.rows = g.batch * rows_of_sample(n);
    m.pixels = g.pixels();
    if (filtered) {
        // Each chunk transforms the inputs of its tiles, and that takes about as long as to read
        // the transformed numbers once from behind the second-level cache.
        const int outputs = kernels::winograd_outputs(n.algorithm);
        const int positions = kernels::winograd_positions(outputs);
        m.pixels = m.rows * kernels::winograd_tiles_across(g, outputs);
        m.steps = static_cast<double>(positions) * g.in_c;
        m.activation_bytes = static_cast<double>(positions) * m.pixels * g.in_c * sizeof(T);
    }
    const int rows = m.rows, pixels = m.pixels;
    const int vectors = m.panels * m.units_in_panel;
    node_split best{cut::one, 1, 1, detail::tile_steps(m, pixels, 1, vectors) / rate};
    best.ns += (m.activation_bytes + m.window_bytes + m.weight_bytes) / bytes_per_ns;
    const double whole = best.ns;

    node_split all[2 * most_chunks_per_core];
    int count = 0;
    for (const cut how : {cut::rows, cut::panels}) {
        const int units = units_of(n, how, g.batch, m.panels);
        for (int per_core = 1; per_core <= most_chunks_per_core; ++per_core) {
            const int chunks = chunks_for(units, whole, cores, per_core, grain);
            if (chunks < 2) {
                continue;
            }
            // The busiest core has as many whole units as the fair share rounded up.
            const int sharing = chunks < cores ? chunks : cores;
            const int runs = ceil_div(chunks, cores);
            const int own = ceil_div(units, sharing);
            const double share = static_cast<double>(own) / units;
            const double work = how == cut::rows
                                    ? detail::tile_steps(m, own * (pixels / rows), runs, vectors)
                                    : detail::tile_steps(m, pixels, 1, own * m.units_in_panel);
            // Cut by panels, a core reads what others have just written, at half the speed.
            const double remote = 1 - 1.0 / sharing;
            const double read =
                filtered ? runs * m.activation_bytes : detail::read_bytes(m.activation_bytes, runs);
            const double bytes = how == cut::rows ? share * (m.activation_bytes + m.window_bytes)
                                                        + detail::read_bytes(m.weight_bytes, runs)
                                                  : (1 + remote) * read + runs * m.window_bytes
                                                        + share * m.weight_bytes;
            all[count++] = {how, units, chunks, work / rate + bytes / bytes_per_ns + runs * price};
        }
    }
    for (int i = 0; i < count; ++i) {
        best = all[i].ns < best.ns ? all[i] : best;
    }
    const double good = 1.02 * best.ns;
    for (int i = 0; i < count; ++i) {
        if (best.how != cut::one && all[i].ns <= good && all[i].chunks > best.chunks) {
            best = all[i];
        }
    }
    return best;
}

/// The cut of the node `n` that is no matmul.
template <simd::instruction_set Isa>
[[nodiscard]] constexpr node_split plain_split(const plan_node& n,
                                               int batch,
                                               int cores,
                                               int grain) noexcept {
    const auto read = static_cast<double>(n.in_shape.elements())
                      * static_cast<double>(size_of(n.in)) * n.input_count;
    const auto written = static_cast<double>(stored_bytes(n));
    const double moved = (read + written) / bytes_per_ns;
    const double computed = static_cast<double>(n.work.vector_ops + n.work.macs) / Isa::lanes;
    const double ns = batch * (moved > computed ? moved : computed);
    const cut how = natural_cut(n.kind);
    const int units = units_of(n, how, batch, 1);
    const int chunks = chunks_for(units, ns, cores, most_chunks_per_core, grain);
    return chunks < 2 ? node_split{cut::one, 1, 1, ns} : node_split{how, units, chunks, ns / cores};
}

}  // namespace passes

}  // namespace soma
