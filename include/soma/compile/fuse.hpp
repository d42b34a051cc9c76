// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The pass that folds and fuses: batch norm into weights, flatten into linear, additions and
/// activations into the epilogue of the node before them.

#include <soma/layers/graph.hpp>

namespace soma::passes {

namespace detail {

/// True if an activation can still become part of what `kind` does before its store.
[[nodiscard]] constexpr bool takes_activation(op kind) noexcept {
    return is_matmul(kind) || kind == op::batch_norm || kind == op::add;
}

}  // namespace detail

/// Absorbs what an earlier node can do on the way to its single store.
///
/// One walk in execution order. `stands_for[i]` is the node that provides the value of node i once
/// i itself is gone; a node absorbs its consumer only if it has no other, and takes over the
/// consumer's consumers. An addition goes into the later of its producers, and only when nothing
/// that is still there runs in between: the other term is then complete.
template <int Nodes, int Scopes>
constexpr void fuse(graph<Nodes, Scopes>& g) noexcept {
    int uses[static_cast<std::size_t>(Nodes)] = {};
    int stands_for[static_cast<std::size_t>(Nodes)] = {};
    node* const nodes = g.nodes;

    for (int i = 0; i < g.size; ++i) {
        for (int k = 0; k < nodes[i].inputs.count; ++k) {
            ++uses[nodes[i].inputs[k]];
        }
    }

    int kept = -1;  // the last node that stays
    for (int i = 0; i < g.size; ++i) {
        node& n = nodes[i];
        for (int k = 0; k < n.inputs.count; ++k) {
            n.inputs.id[k] = static_cast<std::int16_t>(stands_for[n.inputs[k]]);
        }
        const int before = n.inputs.count > 0 ? n.inputs[0] : -1;
        node* const producer = before >= 0 ? nodes + before : nullptr;
        const bool single = before >= 0 && uses[before] == 1;
        const bool bare = producer != nullptr && producer->act == kernels::activation::none
                          && producer->residual < 0;
        int absorbed_by = -1;

        if (n.kind == op::batch_norm && single && bare && is_matmul(producer->kind)
            && !producer->normalised) {
            producer->normalised = true;
            producer->norm = n.norm;
            producer->epsilon = n.epsilon;
            absorbed_by = before;
        } else if (n.kind == op::activation && single && detail::takes_activation(producer->kind)
                   && producer->act == kernels::activation::none) {
            producer->act = n.act;
            producer->act_parameters = n.act_parameters;
            absorbed_by = before;
        } else if (n.kind == op::flatten && g.at(before).out.is_vector()) {
            absorbed_by = before;
            --uses[before];  // the flatten itself is gone; its consumers are added below
        } else if (n.kind == op::linear && single && producer->kind == op::flatten) {
            // The weights [out][c][h][w] are those of a convolution with a window of image size.
            const extents image = g.at(producer->inputs[0]).out;
            n.win.kernel_h = image.h;
            n.win.kernel_w = image.w;
            n.inputs = producer->inputs;
            producer->kind = op::identity;
        } else if (n.kind == op::add && n.inputs[0] != n.inputs[1]) {
            const int later = n.inputs[0] > n.inputs[1] ? n.inputs[0] : n.inputs[1];
            const int earlier = n.inputs[0] + n.inputs[1] - later;
            node& host = nodes[later];
            if (later == kept && uses[later] == 1 && is_matmul(host.kind)
                && host.act == kernels::activation::none && host.residual < 0) {
                host.residual = earlier;
                host.inputs.push_back(earlier);
                absorbed_by = later;
            }
        }

        if (absorbed_by >= 0) {
            node& host = nodes[absorbed_by];
            host.work.vector_ops += n.work.vector_ops;
            host.work.parameters += n.work.parameters;
            uses[absorbed_by] = n.kind == op::flatten ? uses[absorbed_by] + uses[i] : uses[i];
            stands_for[i] = absorbed_by;
            n.kind = op::identity;
        } else {
            stands_for[i] = i;
            kept = i;
        }
    }

    int live = 0;
    for (int i = 0; i < g.size; ++i) {
        if (nodes[i].kind == op::identity) {
            continue;
        }
        node n = nodes[i];
        for (int k = 0; k < n.inputs.count; ++k) {
            n.inputs.id[k] = static_cast<std::int16_t>(stands_for[n.inputs[k]]);
        }
        if (n.residual >= 0) {
            n.residual = stands_for[n.residual];
        }
        stands_for[i] = live;
        nodes[live++] = n;
    }
    g.size = live;
}

}  // namespace soma::passes
