// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Pooling layers.

#include <soma/layers/layer.hpp>
#include <soma/layers/options.hpp>

namespace soma::layers {

namespace detail {

template <op Kind, int Kernel, layer_option... Options>
struct windowed_pool {
    static constexpr int max_nodes = 1, max_scopes = 0;

    template <class Graph>
    static constexpr ids lower(Graph& g, ids inputs) {
        constexpr layer_options o = with_options<Options...>(
            {.win = {
                 .kernel_h = Kernel, .kernel_w = Kernel, .stride_h = Kernel, .stride_w = Kernel}});
        node n;
        n.kind = Kind;
        n.inputs.push_back(only_input(g, inputs, soma::name(Kind)));
        const extents in = g.at(n.inputs[0]).out;
        if (2 * o.win.pad_h > o.win.kernel_h || 2 * o.win.pad_w > o.win.kernel_w) {
            g.fail(fault::argument, soma::name(Kind), "padding of at most half the kernel",
                   text<24>{"padding "}.append(o.win.pad_h).append("x").append(o.win.pad_w).view());
        }
        n.out = window_output(g, soma::name(Kind), o.win, in, in.c);
        n.win = o.win;
        n.count_include_pad = o.count_include_pad;
        n.work = {.vector_ops = n.out.elements() * o.win.kernel_h * o.win.kernel_w};
        return one(g, n);
    }
};

}  // namespace detail

/// The largest value of each window; stride is the kernel's size unless given.
template <int Kernel, layer_option... Options>
struct max_pool : detail::windowed_pool<op::max_pool, Kernel, Options...> {};

/// The mean of each window; padding counts as zeros unless `exclude_padding`.
template <int Kernel, layer_option... Options>
struct average_pool : detail::windowed_pool<op::average_pool, Kernel, Options...> {};

/// The mean of each channel over the whole image: a vector.
struct global_average_pool {
    static constexpr int max_nodes = 1, max_scopes = 0;

    template <class Graph>
    static constexpr ids lower(Graph& g, ids inputs) {
        node n = detail::same_shape(g, op::global_average_pool,
                                    detail::only_input(g, inputs, "global_average_pool"));
        n.work = {.vector_ops = n.out.elements()};
        n.out = {n.out.c, 1, 1};
        return detail::one(g, n);
    }
};

}  // namespace soma::layers
