// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Softmax over channels, at each pixel.

#include <soma/layers/layer.hpp>

namespace soma::layers {

namespace detail {

template <op Kind>
struct softmax_layer {
    static constexpr int max_nodes = 1, max_scopes = 0;

    template <class Graph>
    static constexpr ids lower(Graph& g, ids inputs) {
        node n = same_shape(g, Kind, only_input(g, inputs, soma::name(Kind)));
        n.work = {.vector_ops = 4 * n.out.elements()};
        return one(g, n);
    }
};

}  // namespace detail

struct softmax : detail::softmax_layer<op::softmax> {};
struct log_softmax : detail::softmax_layer<op::log_softmax> {};

}  // namespace soma::layers
