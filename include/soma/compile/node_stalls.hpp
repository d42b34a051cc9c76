// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What each node of a prediction waits for: the seconds of its stage, node by node.

#include <soma/compile/placement.hpp>
#include <soma/compile/predict.hpp>
#include <soma/compile/stages.hpp>

namespace soma {

/// One operation's part of a call.
struct node_stall {
    int stage = -1;  ///< -1: on the host, or an edge of the model
    double seconds = 0;
    double stalled[stall_count] = {};  ///< seconds by what they were spent on; sum: `seconds`

    /// What most of its time is spent on.
    [[nodiscard]] constexpr stall cause() const noexcept { return largest_stall(stalled); }
};

/// Writes what each operation of `graph` waits for to `out`, which has room for all of them.
///
/// The nodes of a stage add up to the stage: what a stage streams is shared out to its nodes by
/// what the weights of each would cost, and its transfer falls to the node that it begins with.
///
/// \param stages as `predict` filled them in for `how` on `where`
constexpr void attribute_stalls(const operation_list& graph,
                                const operation_place* places,
                                const instance& where,
                                const deployment& how,
                                const stage_list& stages,
                                node_stall* out,
                                const calibration& c = calibrated) noexcept {
    const detail::core_share share = detail::share_of(where.chip, how);
    for (int i = 0; i < graph.size; ++i) {
        out[i] = {};
        if (places[i].on_host) {
            out[i].seconds =
                static_cast<double>(graph[i].flops) * how.batch / where.host_flops_per_second;
            out[i].stalled[static_cast<int>(stall::host)] = out[i].seconds;
        }
    }
    for (int s = 0; s < stages.count; ++s) {
        const stage_prediction& stage = stages.at[s];
        const double streamed_part = stage.streamed_bytes == 0
                                         ? 0.0
                                         : static_cast<double>(stage.streamed_bytes)
                                               / static_cast<double>(stage.weight_bytes);
        for (int i = stage.first; i < stage.last; ++i) {
            if (places[i].on_host || is_edge(graph[i].kind)) {
                continue;
            }
            const node_cost cost =
                cost_of(graph[i], how.batch, *share.core, share.memory_bytes_per_second, c);
            node_stall& n = out[i];
            n.stage = s;
            add_stalls(cost, n.stalled);
            n.stalled[static_cast<int>(stall::weights)] =
                (cost.streamed() - cost.cached()) * streamed_part;
            if (i == stage.first) {
                n.stalled[static_cast<int>(stall::transfer)] =
                    stage.stalled[static_cast<int>(stall::transfer)];
            }
            for (const double part : n.stalled) {
                n.seconds += part;
            }
        }
    }
}

}  // namespace soma
