// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Activations as layers; they are fused into the node before them where nothing else reads it.

#include <ratio>

#include <soma/kernels/activation_kind.hpp>
#include <soma/layers/layer.hpp>

namespace soma::layers {

namespace detail {

[[nodiscard]] consteval float value_of(auto ratio) {
    return static_cast<float>(static_cast<double>(ratio.num) / static_cast<double>(ratio.den));
}

template <class Graph>
[[nodiscard]] constexpr ids activate(Graph& g,
                                     const ids& inputs,
                                     kernels::activation kind,
                                     kernels::activation_parameters parameters = {}) noexcept {
    node n = same_shape(g, op::activation, only_input(g, inputs, kernels::name(kind)));
    n.act = kind;
    n.act_parameters = parameters;
    n.work = {.vector_ops = n.out.elements()};
    return one(g, n);
}

/// An activation without parameters.
template <kernels::activation Kind>
struct plain_activation {
    static constexpr int max_nodes = 1, max_scopes = 0;
    template <class Graph>
    static constexpr ids lower(Graph& g, ids inputs) {
        return activate(g, inputs, Kind);
    }
};

}  // namespace detail

struct relu : detail::plain_activation<kernels::activation::relu> {};
struct sigmoid : detail::plain_activation<kernels::activation::sigmoid> {};
struct tanh : detail::plain_activation<kernels::activation::tanh> {};
struct silu : detail::plain_activation<kernels::activation::silu> {};
struct gelu : detail::plain_activation<kernels::activation::gelu> {};
struct gelu_tanh : detail::plain_activation<kernels::activation::gelu_tanh> {};
struct hard_sigmoid : detail::plain_activation<kernels::activation::hard_sigmoid> {};
struct hard_swish : detail::plain_activation<kernels::activation::hard_swish> {};

/// `min(max(x, Low), High)`; bounds are `std::ratio`s.
template <class Low, class High>
struct clip {
    static constexpr int max_nodes = 1, max_scopes = 0;
    template <class Graph>
    static constexpr ids lower(Graph& g, ids inputs) {
        constexpr float low = detail::value_of(Low{}), high = detail::value_of(High{});
        if (low > high) {
            g.fail(fault::argument, "clip", "Low not above High", "Low above High");
        }
        return detail::activate(g, inputs, kernels::activation::clip, {low, high});
    }
};
struct relu6 : clip<std::ratio<0>, std::ratio<6>> {};

/// `x` above zero, `Slope * x` below.
template <class Slope = std::ratio<1, 100>>
struct leaky_relu {
    static constexpr int max_nodes = 1, max_scopes = 0;
    template <class Graph>
    static constexpr ids lower(Graph& g, ids inputs) {
        return detail::activate(g, inputs, kernels::activation::leaky_relu,
                                {detail::value_of(Slope{}), 0});
    }
};

/// `x` above zero, `Alpha * (exp(x) - 1)` below.
template <class Alpha = std::ratio<1>>
struct elu {
    static constexpr int max_nodes = 1, max_scopes = 0;
    template <class Graph>
    static constexpr ids lower(Graph& g, ids inputs) {
        return detail::activate(g, inputs, kernels::activation::elu,
                                {detail::value_of(Alpha{}), 0});
    }
};

}  // namespace soma::layers
