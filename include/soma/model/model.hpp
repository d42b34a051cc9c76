// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A model: an input shape and the layers that read it.
///
///     struct lenet : model<input<float, 1, 28, 28>, layers::conv2d<"c1", 6, 5>, ...> {};
///
/// A named struct rather than an alias: its name is what symbols and error messages repeat.

#include <concepts>
#include <cstdint>

#include <soma/layers/graph.hpp>
#include <soma/model/sequential.hpp>
#include <soma/tensor/shape.hpp>

namespace soma {

namespace detail {

template <extents E, bool Vector = E.is_vector()>
struct sample_shape {
    using type = shape<E.c, E.h, E.w>;
};
template <extents E>
struct sample_shape<E, true> {
    using type = shape<E.c>;
};

}  // namespace detail

/// Samples of activations: the shape of one, channels first as in PyTorch.
///
/// \tparam T the element type that a caller hands over.
template <std::same_as<float> T, int C, int H = 1, int W = 1>
struct input {
    static_assert(C > 0 && H > 0 && W > 0, "input: every extent must be at least 1");
    using element_type = T;
    static constexpr extents sample{C, H, W};
    using shape_type = typename detail::sample_shape<sample>::type;
};

/// Samples of `Count` token numbers each, which an embedding turns into activations.
///
/// A sequence is an image one pixel wide with a row for each token: what a layer does to every
/// pixel it does to every token.
template <int Count>
struct tokens {
    static_assert(Count > 0, "tokens: a sequence holds at least 1 token");
    using element_type = std::int32_t;
    static constexpr extents sample{1, Count, 1};
    using shape_type = shape<Count>;
};

/// The base of every model.
template <class Input, class... Layers>
struct model {
    using model_input = Input;
    using body = layers::sequential<Layers...>;

    /// Nodes and scopes of the raw graph, the edges counted.
    static constexpr int max_nodes = 2 + body::max_nodes;
    static constexpr int max_scopes = body::max_scopes;
    static_assert(max_nodes < 32'768 && max_scopes < 32'768,
                  "model: nodes and scopes are numbered with 16 bits");

    /// The graph as written: nothing folded, nothing fused; its last node is the output.
    static constexpr auto raw = [] {
        graph<max_nodes, max_scopes> g;
        node in;
        in.out = Input::sample;
        in.numbers = std::same_as<typename Input::element_type, std::int32_t>;
        ids current;
        current.push_back(g.add(in));
        current = body::lower(g, current);
        g.add(layers::detail::same_shape(g, op::output,
                                         layers::detail::only_input(g, current, "output")));
        return g;
    }();

    /// The model's first fault; an object of its own so that it can be a template argument.
    static constexpr diagnostic error = raw.error;

    /// Arithmetic of one sample and learned numbers; running statistics of batch normalisations do
    /// not count (as in PyTorch).
    static constexpr workload work = [] {
        workload total;
        for (int i = 0; i < raw.size; ++i) {
            total += raw.at(i).work;
        }
        return total;
    }();
    static constexpr long long parameter_count = work.parameters;

    static constexpr extents input_extents = Input::sample;
    static constexpr extents output_extents = raw.at(raw.size - 1).out;

    /// One sample in a caller's tensors.
    using input_shape = typename Input::shape_type;
    using output_shape = typename detail::sample_shape<output_extents>::type;
};

/// A type derived from `model<...>`.
template <class T>
concept model_type = requires {
    typename T::model_input;
    typename T::body;
    { T::error } -> std::convertible_to<diagnostic>;
};

}  // namespace soma
