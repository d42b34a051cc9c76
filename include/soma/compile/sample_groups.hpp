// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The pass that runs a batch in groups of samples, a group through many nodes before the next one.
///
/// Where activations are large and weights small, a sample's activations should still be in the
/// second-level cache when the next node reads them; where it is the other way round, all samples
/// should share a read of the weights. The pass gives every node the size of its groups; neighbours
/// of one size are a step. It minimises an estimate in the nominal nanoseconds of
/// compile/split.hpp, of which each group costs
///
///     bytes from beyond the second-level cache / bytes_per_ns
///   + multiply-adds of the matrix tiles that it needs, whole tiles
///   + the price of a chunk
///
/// Weights come from there once. Of the activations that a node reads and writes, it is those by
/// which all that are alive exceed `kept_bytes`. Between steps, whatever is alive comes from there,
/// of the whole batch. See docs/decisions/0014-depth-first-batches.md.

#include <array>
#include <cstddef>
#include <cstdint>

#include <soma/base/math.hpp>
#include <soma/compile/plan_node.hpp>
#include <soma/compile/split.hpp>
#include <soma/kernels/tiling.hpp>
#include <soma/simd/matrix_tile.hpp>

namespace soma {

namespace passes {

/// Sizes of groups that divide a batch, each one the next, the whole batch first.
struct group_sizes {
    static constexpr int most = 17;  // halves of the largest batch
    int size[most] = {};
    int count = 0;
};

[[nodiscard]] constexpr group_sizes sizes_of_groups(int batch) noexcept {
    group_sizes sizes;
    sizes.size[sizes.count++] = batch;
    for (int factor = 2; batch > 1;) {
        if (factor * factor > batch) {
            factor = batch;
        }
        if (batch % factor == 0) {
            batch /= factor;
            sizes.size[sizes.count++] = batch;
        } else {
            ++factor;
        }
    }
    return sizes;
}

namespace detail {

/// What the size of its groups costs one node; bytes are those of a sample.
struct group_costs {
    double crossing = 0;  ///< written before the node and read by it or later
    double alive = 0;     ///< while it runs
    double touched = 0;   ///< read or written by it
    double weights = 0;   ///< bytes, of all samples
    int pixels = 0;       ///< of a sample, where tiles hold pixels of several
    double tile_ns = 0;   ///< of a tile
};

/// Nanoseconds of a node for `batch` samples in groups of `size`, where `kept` bytes stay in the
/// cache.
[[nodiscard]] constexpr double group_ns(const group_costs& c,
                                        int batch,
                                        int size,
                                        double kept) noexcept {
    const double missed = size * c.alive > kept ? size * c.alive - kept : 0;
    const double touched = size * c.touched;
    const double bytes = c.weights + (missed < touched ? missed : touched);
    const double tiles = ceil_div(size * c.pixels, simd::tile_height);
    const int groups = batch / size;
    return groups * (bytes / bytes_per_ns + tiles * c.tile_ns + default_grain / 10.0);
}

template <simd::instruction_set Isa, numeric_format T, int Count>
[[nodiscard]] constexpr std::array<group_costs, static_cast<std::size_t>(Count)> costs_of_groups(
    const plan_node* nodes) noexcept {
    std::array<group_costs, static_cast<std::size_t>(Count)> all;
    int last_use[static_cast<std::size_t>(Count)] = {};
    double freed[static_cast<std::size_t>(Count) + 1] = {};
    for (int i = 0; i < Count; ++i) {
        for (int k = 0; k < nodes[i].input_count; ++k) {
            last_use[nodes[i].inputs[k]] = i;
        }
    }
    double alive = 0;
    for (int i = 0; i < Count; ++i) {
        const plan_node& n = nodes[i];
        group_costs& c = all[static_cast<std::size_t>(i)];
        const auto bytes = [&](int node) { return static_cast<double>(stored_bytes(nodes[node])); };
        // A sum over its residual, and what the caller gets, need no cache of their own.
        const bool in_place = n.residual >= 0 && last_use[n.residual] == i;
        const double own = n.kind == op::output || in_place ? 0 : bytes(i);
        c.crossing = alive;
        c.alive = c.crossing + own;
        c.touched = own;
        for (int k = 0; k < n.input_count; ++k) {
            c.touched += bytes(n.inputs[k]);
        }
        c.weights = static_cast<double>(n.weights_bytes + n.vectors_bytes);
        if (is_matmul(n.kind) && kernels::uses_matrix_tiles<Isa, T> && n.groups == 1) {
            c.pixels = n.out_shape.h * n.out_shape.w;
            c.tile_ns = static_cast<double>(n.work.macs) / c.pixels * simd::tile_height
                        / (2.0 * Isa::lanes * fma_per_ns<Isa, T>);
        }
        alive += n.kind == op::output ? 0 : bytes(i);
        freed[last_use[i] > i ? last_use[i] : i] += n.kind == op::output ? 0 : bytes(i);
        alive -= freed[i];
    }
    return all;
}

}  // namespace detail

/// The samples that each of the `Count` nodes computes at once, of a batch of `batch`.
template <simd::instruction_set Isa, numeric_format T, int Count>
[[nodiscard]] constexpr std::array<int, static_cast<std::size_t>(Count)> choose_groups(
    const plan_node* nodes, int batch, double kept = kept_bytes) noexcept {
    std::array<int, static_cast<std::size_t>(Count)> chosen;
    chosen.fill(batch);
    const group_sizes sizes = sizes_of_groups(batch);
    if (sizes.count == 1) {
        return chosen;
    }
    const auto costs = detail::costs_of_groups<Isa, T, Count>(nodes);
    // The least nanoseconds of all nodes so far for each size of the last one, and the size of the
    // one before it that they are for.
    double least[group_sizes::most] = {};
    std::array<std::int8_t, static_cast<std::size_t>(Count)> from[group_sizes::most];
    int cheapest = 0;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        const double change = least[cheapest] + batch * costs[i].crossing / bytes_per_ns;
        int best = 0;
        for (int s = 0; s < sizes.count; ++s) {
            const bool changes = change < least[s];
            from[s][i] = static_cast<std::int8_t>(changes ? cheapest : s);
            least[s] = (changes ? change : least[s])
                       + detail::group_ns(costs[i], batch, sizes.size[s], kept);
            best = least[s] < least[best] ? s : best;
        }
        cheapest = best;
    }
    for (std::size_t i = chosen.size(); i-- > 0;) {
        chosen[i] = sizes.size[cheapest];
        cheapest = from[cheapest][i];
    }
    return chosen;
}

}  // namespace passes

}  // namespace soma
