// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The pass that says which operations run on a core and which on the host, and why.
///
/// Operations run one after the other, so a subgraph is a run of neighbours in execution order that
/// are at one place. The edges of a model, its `input` and `output` nodes, are the caller's
/// tensors: they are in no subgraph and do not count as operators.

#include <cstdint>

#include <soma/hardware/neuron_core.hpp>
#include <soma/hardware/operation.hpp>
#include <soma/hardware/support.hpp>

namespace soma {

/// What a program asks of its placement.
struct placement_options {
    /// A run of core operations that compute less often than this is not worth a subgraph and goes
    /// to the host, unless it is the whole model (Neuron: `minimum_segment_size`).
    int min_segment = 2;
    /// For each operation, whether the program puts it on the host; null: none.
    const bool* host = nullptr;
};

/// Where one operation runs.
struct operation_place {
    bool on_host = false;
    refusal why = refusal::none;
    int subgraph = -1;  ///< counted from 0 in execution order; -1 at the edges of a model

    friend constexpr bool operator==(const operation_place&, const operation_place&) = default;
};

/// A placement in numbers.
struct placement_summary {
    int core_nodes = 0, host_nodes = 0;
    int subgraphs = 0;  ///< on cores and on the host
    int core_subgraphs = 0;
    long long flops_on_core = 0, flops_total = 0;

    /// The part of the operators, and of their arithmetic, that cores do; 1 where there is nothing
    /// to do.
    [[nodiscard]] constexpr double placed_operators() const noexcept {
        const int all = core_nodes + host_nodes;
        return all == 0 ? 1.0 : static_cast<double>(core_nodes) / all;
    }
    [[nodiscard]] constexpr double placed_flops() const noexcept {
        return flops_total == 0
                   ? 1.0
                   : static_cast<double>(flops_on_core) / static_cast<double>(flops_total);
    }

    friend constexpr bool operator==(const placement_summary&, const placement_summary&) = default;
};

/// True for the nodes that stand for the caller's tensors.
[[nodiscard]] constexpr bool is_edge(op kind) noexcept {
    return kind == op::input || kind == op::output;
}

/// True for operators that only move or convert elements: they make no subgraph worth its call.
[[nodiscard]] constexpr bool only_moves(op kind) noexcept {
    return kind == op::identity || kind == op::flatten || kind == op::concat || kind == op::cast
           || kind == op::slice;
}

/// The format that decides where `o` runs: of its operands if it multiplies, else of its result.
[[nodiscard]] constexpr format placed_format(const operation& o) noexcept {
    return o.products[0].count > 0 || is_matmul(o.kind) ? o.compute : o.stored;
}

/// Writes where each operation of `list` runs to `out`, which has room for all of them.
constexpr placement_summary place(const operation_list& list,
                                  const neuron_core& core,
                                  const placement_options& options,
                                  operation_place* out) noexcept {
    bool any_on_host = false;
    for (int i = 0; i < list.size; ++i) {
        const operation& o = list[i];
        out[i] = {};
        if (is_edge(o.kind)) {
            continue;
        }
        const bool asked = options.host != nullptr && options.host[i];
        out[i].why = asked ? refusal::asked_for : core.supports.of(o.kind, placed_format(o));
        out[i].on_host = out[i].why != refusal::none;
        any_on_host = any_on_host || out[i].on_host;
    }

    // Runs of core operations end at the next host operation; edges interrupt none.
    for (int first = 0; any_on_host && first < list.size;) {
        int end = first, computing = 0;
        for (; end < list.size && !out[end].on_host; ++end) {
            const op kind = list[end].kind;
            computing += is_edge(kind) || only_moves(kind) ? 0 : 1;
        }
        for (int i = first; i < end && computing < options.min_segment; ++i) {
            if (!is_edge(list[i].kind)) {
                out[i] = {true, refusal::small_segment, -1};
            }
        }
        first = end + 1;
    }

    placement_summary sum;
    bool was_on_host = false;
    for (int i = 0; i < list.size; ++i) {
        if (is_edge(list[i].kind)) {
            continue;
        }
        const bool on_host = out[i].on_host;
        if (sum.subgraphs == 0 || on_host != was_on_host) {
            ++sum.subgraphs;
            sum.core_subgraphs += on_host ? 0 : 1;
        }
        was_on_host = on_host;
        out[i].subgraph = sum.subgraphs - 1;
        (on_host ? sum.host_nodes : sum.core_nodes) += 1;
        sum.flops_on_core += on_host ? 0 : list[i].flops;
        sum.flops_total += list[i].flops;
    }
    return sum;
}

}  // namespace soma
