// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a layer is, and what layers of one input and one output share.
///
/// A layer is an empty type with a bound on what it adds and one function:
///
///     struct my_layer {
///         static constexpr int max_nodes = 1, max_scopes = 0;
///         template <class Graph>
///         static constexpr ids lower(Graph& g, ids inputs);
///     };
///
/// It is not templated on shapes, so it is instantiated once however often a model uses it.

#include <concepts>
#include <string_view>
#include <type_traits>

#include <soma/layers/graph.hpp>

namespace soma {

/// A type that lowers to nodes of the graph.
template <class T>
concept layer_type = std::is_empty_v<T> && requires(graph<1, 1>& g, ids inputs) {
    { T::max_nodes } -> std::convertible_to<int>;
    { T::max_scopes } -> std::convertible_to<int>;
    { T::lower(g, inputs) } -> std::same_as<ids>;
};

namespace layers::detail {

/// Token numbers are no activations: whoever computes with them means their embedding.
template <class Graph>
constexpr void expect_activations(Graph& g, int input, std::string_view layer_name) noexcept {
    if (g.at(input).numbers) {
        g.fail(fault::shape, layer_name, "activations: embed the tokens first", "token numbers");
    }
}

/// The only input of a layer that takes one, of activations or token numbers.
template <class Graph>
[[nodiscard]] constexpr int only_source(Graph& g,
                                        const ids& inputs,
                                        std::string_view layer_name) noexcept {
    if (inputs.count != 1) {
        g.fail(fault::inputs, layer_name, "1 input",
               text<24>{}.append(inputs.count).append(" inputs").view());
        return inputs.count > 0 ? inputs[0] : 0;
    }
    return inputs[0];
}

/// The only input of a layer that takes activations; more or fewer is a fault.
template <class Graph>
[[nodiscard]] constexpr int only_input(Graph& g,
                                       const ids& inputs,
                                       std::string_view layer_name) noexcept {
    const int input = only_source(g, inputs, layer_name);
    expect_activations(g, input, layer_name);
    return input;
}

template <class Graph>
[[nodiscard]] constexpr ids one(Graph& g, const node& n) noexcept {
    ids result;
    result.push_back(g.add(n));
    return result;
}

/// A node of `kind` that reads `input` and keeps its shape.
template <class Graph>
[[nodiscard]] constexpr node same_shape(const Graph& g, op kind, int input) noexcept {
    node n;
    n.kind = kind;
    n.inputs.push_back(input);
    n.out = g.at(input).out;
    return n;
}

}  // namespace layers::detail

}  // namespace soma
