// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The chunks of a node that has been cut: what each computes, calls and makes its core fetch.

#include <cstddef>
#include <cstdint>

#include <soma/base/math.hpp>
#include <soma/compile/plan_node.hpp>
#include <soma/kernels/border.hpp>
#include <soma/kernels/part.hpp>
#include <soma/kernels/tiling.hpp>
#include <soma/kernels/unit_range.hpp>
#include <soma/kernels/winograd_plan.hpp>

namespace soma {

/// What a chunk of node `n` computes: rows and panels of a matmul, units of any other node.
struct node_part {
    kernels::conv_part matmul;
    kernels::unit_range units;
    /// The weights that the chunk's core reads next, in bytes from the start of the node that
    /// follows or, with `own_next`, of the node's own; the core of the next node's panels counts.
    std::size_t next = 0;
    bool own_next = false;
    bool reads_next = true;  ///< whether it reads any others than this chunk's
};

/// Chunk `chunk` of node `n`, which `cores` cores share: parts that differ by one unit at most.
[[nodiscard]] constexpr node_part part_of(const plan_node& n, int chunk, int cores) noexcept {
    if (n.how == cut::one) {
        return {};
    }
    const auto border = [&](int i) {
        return static_cast<int>(std::int64_t{n.units} * i / n.chunks);
    };
    node_part part;
    const int first = border(chunk), last = border(chunk + 1);
    if (!is_matmul(n.kind)) {
        part.units = {first, last};
    } else if (n.how == cut::rows) {
        part.matmul.first_row = first;
        part.matmul.last_row = last;
    } else {
        part.matmul.first_panel = first;
        part.matmul.last_panel = last;
    }
    const auto owner = [&](int i) { return std::int64_t{i} * cores / n.chunks; };
    if (owner(chunk) == owner(chunk + 1)) {
        part.own_next = true;
        part.reads_next = n.panel_bytes > 0;
        part.next = static_cast<std::size_t>(last) * n.panel_bytes;
    } else {
        part.next =
            static_cast<std::size_t>(n.next_units * owner(chunk) / cores) * n.next_panel_bytes;
    }
    return part;
}

/// Nodes between two barriers: one that is cut into chunks, or a run of nodes that are not. A run
/// may take the batch in groups of samples, one group through all its nodes before the next.
struct pass_step {
    std::int16_t first = 0, last = 0;  ///< nodes `[first, last)`
    std::uint16_t chunks = 1;
    int samples = 1;  ///< of a group; divides the batch
};

namespace passes {

/// The micro-kernels that the chunks of the matmul `n` call.
///
/// Asks once for chunks that must get the same answer: compilers count the steps of an evaluation.
template <simd::instruction_set Isa, numeric_format T>
[[nodiscard]] constexpr kernels::tile_set tiles_of_chunks(const plan_node& n, int cores) noexcept {
    const kernels::conv_geometry& g = n.geometry;
    kernels::tile_set tiles;
    const auto add = [&](const kernels::conv_part& part) {
        tiles = tiles | kernels::tiles_needed<Isa, T>(g, part);
    };
    if (n.how != cut::rows) {
        // All chunks of panels have the same pixels, and only the last one has the narrow panel.
        add(part_of(n, 0, cores).matmul);
        add(part_of(n, n.chunks - 1, cores).matmul);
        return tiles;
    }
    // Inside an image, away from its padding, the number of rows is all that counts.
    const bool pointwise = !(kernels::flatten_pixels(g) == g);
    const kernels::pixel_rect inner = kernels::border_rects(g)[4];
    bool seen[2] = {};
    for (int chunk = 0; chunk < n.chunks; ++chunk) {
        const kernels::conv_part part = part_of(n, chunk, cores).matmul;
        const int rows = part.last_row - part.first_row;
        const int y = part.first_row % g.out_h;
        if (pointwise || (y >= inner.y_begin && y + rows <= inner.y_end)) {
            bool& known = seen[rows - n.units / n.chunks];
            if (known) {
                continue;
            }
            known = true;
        }
        add(part);
    }
    return tiles;
}

/// Tells each matmul how the weights behind its own are cut, so that every core can fetch its share
/// of them while it computes.
template <simd::instruction_set Isa, numeric_format T>
constexpr void link_panels(plan_node* nodes, int count) noexcept {
    const plan_node* following = nullptr;
    for (int i = count - 1; i >= 0; --i) {
        plan_node& n = nodes[i];
        if (following != nullptr && following->panel_bytes > 0
            && round_up(n.vectors_offset + n.vectors_bytes, 64U) == following->weights_offset) {
            n.next_panel_bytes = following->panel_bytes;
            n.next_units = following->units;
        }
        if (!is_matmul(n.kind)) {
            continue;
        }
        if (n.how == cut::panels && n.groups == 1) {
            const auto vectors = static_cast<std::size_t>(n.tile_vectors * Isa::lanes);
            const int depth =
                n.algorithm == kernels::algorithm::direct
                    ? kernels::panel_depth<Isa, T>(n.geometry)
                    : kernels::winograd_positions(kernels::winograd_outputs(n.algorithm))
                          * n.geometry.in_c;
            n.panel_bytes = vectors * static_cast<std::size_t>(depth) * sizeof(T);
        }
        following = &n;
    }
}

/// Appends node `node` of `chunks` chunks, computed for `samples` samples at once, to the `count`
/// steps and returns how many there are then. Nodes of one chunk and as many samples that follow
/// each other need no barrier between them.
constexpr int add_step(
    pass_step* steps, int count, int node, int chunks, int samples = 1) noexcept {
    const auto last = static_cast<std::int16_t>(node + 1);
    if (chunks == 1 && count > 0 && steps[count - 1].chunks == 1
        && steps[count - 1].samples == samples) {
        steps[count - 1].last = last;
        return count;
    }
    steps[count] = {static_cast<std::int16_t>(node), last, static_cast<std::uint16_t>(chunks),
                    samples};
    return count + 1;
}

}  // namespace passes

}  // namespace soma
