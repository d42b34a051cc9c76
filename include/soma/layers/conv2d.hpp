// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Two-dimensional convolution (cross-correlation, as in PyTorch's Conv2d).

#include <soma/base/fixed_string.hpp>
#include <soma/layers/layer.hpp>
#include <soma/layers/options.hpp>

namespace soma::layers {

/// `Out` feature maps from windows of `Kernel` x `Kernel` pixels.
///
/// Parameters: `weight` [Out, in / groups, kernel_h, kernel_w] and, `with_bias`, `bias` [Out].
template <fixed_string Name, int Out, int Kernel, layer_option... Options>
struct conv2d {
    static constexpr int max_nodes = 1, max_scopes = 0;

    template <class Graph>
    static constexpr ids lower(Graph& g, ids inputs) {
        constexpr layer_options o =
            detail::with_options<Options...>({.win = {.kernel_h = Kernel, .kernel_w = Kernel}});
        const int input = detail::only_input(g, inputs, Name.view());
        const extents in = g.at(input).out;
        if (Out < 1) {
            g.fail(fault::argument, Name.view(), "at least 1 output channel",
                   text<24>{}.append(Out).view());
        } else if (o.in_channels != 0 && o.in_channels != in.c) {
            g.fail(fault::shape, Name.view(),
                   text<40>{}.append(o.in_channels).append(" channels").view(),
                   text<40>{}.append(in.c).append(" channels").view());
        } else if (o.groups < 1 || in.c % o.groups != 0 || Out % o.groups != 0) {
            g.fail(fault::shape, Name.view(),
                   text<40>{"channels divisible by "}.append(o.groups).append(" groups").view(),
                   text<40>{}.append(in.c).append(" and ").append(Out).view());
        }
        node n;
        n.kind = op::conv2d;
        n.inputs.push_back(input);
        n.out = detail::window_output(g, Name.view(), o.win, in, Out);
        n.name.leaf = Name.view();
        n.win = o.win;
        n.groups = o.groups;
        n.bias = o.bias;
        const long long weights = o.groups < 1 ? 0
                                               : static_cast<long long>(Out) * (in.c / o.groups)
                                                     * o.win.kernel_h * o.win.kernel_w;
        n.work = {.macs = weights * n.out.h * n.out.w, .parameters = weights + (o.bias ? Out : 0)};
        return detail::one(g, n);
    }
};

}  // namespace soma::layers
