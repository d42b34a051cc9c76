// SPDX-License-Identifier: MIT
// expect-error: more_nodes_than_declared
// expect-error: "nodes within max_nodes"
#include <soma/compile/lowered.hpp>
#include <soma/layers/activation.hpp>

using namespace soma;

/// Says that it adds one node and adds four.
struct two_nodes {
    static constexpr int max_nodes = 1, max_scopes = 0;
    template <class Graph>
    static constexpr ids lower(Graph& g, ids inputs) {
        for (int i = 0; i < 4; ++i) {
            inputs = layers::relu::lower(g, inputs);
        }
        return inputs;
    }
};

struct net : model<input<float, 3>, two_nodes> {};

constexpr int nodes = lowered<net>::data.size;
