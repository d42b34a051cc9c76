// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Fully connected layer (PyTorch's Linear).

#include <soma/base/fixed_string.hpp>
#include <soma/layers/layer.hpp>
#include <soma/layers/options.hpp>

namespace soma::layers {

/// `Out` features from every feature of a vector; an image has to be flattened or pooled first.
///
/// With `each_token`, `Out` features of each token of a sequence from its own: a 1x1 convolution.
/// Parameters: `weight` [Out, in] and, unless `no_bias`, `bias` [Out].
template <fixed_string Name, int Out, layer_option... Options>
struct linear {
    static constexpr int max_nodes = 1, max_scopes = 0;

    template <class Graph>
    static constexpr ids lower(Graph& g, ids inputs) {
        constexpr layer_options o = detail::with_options<Options...>({.win = {}, .bias = true});
        const int input = detail::only_input(g, inputs, Name.view());
        const extents in = g.at(input).out;
        if (Out < 1) {
            g.fail(fault::argument, Name.view(), "at least 1 output feature",
                   text<24>{}.append(Out).view());
        } else if (!in.is_vector() && !o.each_token) {
            g.fail(fault::shape, Name.view(), "a vector: flatten or pool first",
                   to_text(in).view());
        } else if (o.in_channels != 0 && o.in_channels != in.c) {
            g.fail(fault::shape, Name.view(),
                   text<40>{}.append(o.in_channels).append(" features").view(),
                   text<40>{}.append(in.c).append(" features").view());
        }
        node n;
        n.kind = op::linear;
        n.inputs.push_back(input);
        n.out = {Out, in.h, in.w};
        n.name.leaf = Name.view();
        n.bias = o.bias;
        const long long weights = 1LL * Out * in.c;
        n.work = {.macs = weights * in.h * in.w, .parameters = weights + (o.bias ? Out : 0)};
        return detail::one(g, n);
    }
};

}  // namespace soma::layers
