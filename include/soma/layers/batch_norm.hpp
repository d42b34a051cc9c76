// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Batch normalisation with the running statistics of training (PyTorch's BatchNorm2d in eval
/// mode).

#include <soma/base/fixed_string.hpp>
#include <soma/layers/layer.hpp>

namespace soma::layers {

/// PyTorch's default epsilon as a ratio: a double template argument would need newer compilers.
struct default_epsilon {
    static constexpr double value = 1e-5;
};

/// `(x - running_mean) / sqrt(running_var + epsilon) * weight + bias`, per channel.
///
/// Folded into the convolution or linear layer before it where nothing else reads that layer.
/// \tparam Epsilon a type with `value`.
template <fixed_string Name, class Epsilon = default_epsilon>
struct batch_norm {
    static constexpr int max_nodes = 1, max_scopes = 0;

    template <class Graph>
    static constexpr ids lower(Graph& g, ids inputs) {
        node n = detail::same_shape(g, op::batch_norm, detail::only_input(g, inputs, Name.view()));
        n.name.leaf = Name.view();
        n.norm.leaf = Name.view();
        n.norm.scope = g.scope;
        n.normalised = true;
        n.epsilon = Epsilon::value;
        n.work = {.vector_ops = 2 * n.out.elements(), .parameters = 2LL * n.out.c};
        return detail::one(g, n);
    }
};

}  // namespace soma::layers
