// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Layer normalisation over the features of each token (PyTorch's LayerNorm of one dimension).

#include <soma/base/fixed_string.hpp>
#include <soma/layers/batch_norm.hpp>
#include <soma/layers/layer.hpp>

namespace soma::layers {

/// `(x - mean) / sqrt(variance + epsilon) * weight + bias`, with the mean and the variance of each
/// token's (each pixel's) own channels.
///
/// Parameters: `weight` and `bias` [channels]. Seven operations per element: two sums, a
/// difference, a square, a division, a product and a sum.
/// \tparam Epsilon a type with `value`.
template <fixed_string Name, class Epsilon = default_epsilon>
struct layer_norm {
    static constexpr int max_nodes = 1, max_scopes = 0;

    template <class Graph>
    static constexpr ids lower(Graph& g, ids inputs) {
        node n = detail::same_shape(g, op::layer_norm, detail::only_input(g, inputs, Name.view()));
        n.name.leaf = Name.view();
        n.bias = true;
        n.epsilon = Epsilon::value;
        n.work = {.vector_ops = 7 * n.out.elements(), .parameters = 2LL * n.out.c};
        return detail::one(g, n);
    }
};

}  // namespace soma::layers
