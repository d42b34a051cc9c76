// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The token that stands for its sequence.

#include <soma/layers/layer.hpp>

namespace soma::layers {

/// The features of a sequence's first token, as a vector: what BERT's pooler reads.
struct first_token {
    static constexpr int max_nodes = 1, max_scopes = 0;

    template <class Graph>
    static constexpr ids lower(Graph& g, ids inputs) {
        node n = detail::same_shape(g, op::slice, detail::only_input(g, inputs, "first_token"));
        if (n.out.w != 1) {
            g.fail(fault::shape, "first_token", "a sequence", to_text(n.out).view());
        }
        n.out = {n.out.c, 1, 1};
        return detail::one(g, n);
    }
};

}  // namespace soma::layers
