// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Layers that compute nothing: flatten, dropout, identity.

#include <soma/layers/layer.hpp>

namespace soma::layers {

/// An image as one vector in PyTorch's order (channel, row, column).
///
/// A linear layer that follows reads the image in place, as a convolution with a window of its
/// size.
struct flatten {
    static constexpr int max_nodes = 1, max_scopes = 0;

    template <class Graph>
    static constexpr ids lower(Graph& g, ids inputs) {
        node n = detail::same_shape(g, op::flatten, detail::only_input(g, inputs, "flatten"));
        n.out = {static_cast<int>(n.out.elements()), 1, 1};
        return detail::one(g, n);
    }
};

/// What goes in comes out.
struct identity {
    static constexpr int max_nodes = 0, max_scopes = 0;

    template <class Graph>
    static constexpr ids lower(Graph&, ids inputs) {
        return inputs;
    }
};

/// Dropout does nothing outside training; spelled so that a model reads like its source.
struct dropout : identity {};

}  // namespace soma::layers
