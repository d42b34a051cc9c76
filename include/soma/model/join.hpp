// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Branches and joins: parallel, from, sum, concat, residual, projection.

#include <soma/base/fixed_string.hpp>
#include <soma/layers/batch_norm.hpp>
#include <soma/layers/conv2d.hpp>
#include <soma/layers/layer.hpp>
#include <soma/layers/reshape.hpp>
#include <soma/model/sequential.hpp>

namespace soma::layers {

/// Every branch reads the same inputs; the outputs of all come back in order.
template <layer_type... Branches>
struct parallel {
    static constexpr int max_nodes = detail::bounds_of<Branches...>::max_nodes;
    static constexpr int max_scopes = detail::bounds_of<Branches...>::max_scopes;

    template <class Graph>
    static constexpr ids lower(Graph& g, ids inputs) {
        using branch = ids (*)(Graph&, ids);
        constexpr branch branches[] = {&Branches::template lower<Graph>...};
        ids all;
        for (const branch b : branches) {
            const ids outputs = b(g, inputs);
            for (int i = 0; i < outputs.count; ++i) {
                if (all.count == max_inputs) {
                    g.fail(fault::inputs, "parallel",
                           text<24>{"at most "}.append(max_inputs).append(" outputs").view(),
                           "more");
                    return all;
                }
                all.push_back(outputs[i]);
            }
        }
        return all;
    }
};

/// `Layer` on input number `Index` alone.
template <int Index, layer_type Layer = identity>
struct from {
    static constexpr int max_nodes = Layer::max_nodes, max_scopes = Layer::max_scopes;

    template <class Graph>
    static constexpr ids lower(Graph& g, ids inputs) {
        if (Index < 0 || Index >= inputs.count) {
            g.fail(fault::inputs, "from",
                   text<40>{"more than "}.append(Index).append(" inputs").view(),
                   text<24>{}.append(inputs.count).append(" inputs").view());
            return inputs;
        }
        ids one;
        one.push_back(inputs[Index]);
        return Layer::lower(g, one);
    }
};

/// The outputs of all branches, added; their shapes must agree.
template <layer_type... Branches>
struct sum {
    static constexpr int max_nodes = parallel<Branches...>::max_nodes + int{sizeof...(Branches)};
    static constexpr int max_scopes = parallel<Branches...>::max_scopes;

    template <class Graph>
    static constexpr ids lower(Graph& g, ids inputs) {
        const ids terms = parallel<Branches...>::lower(g, inputs);
        int total = terms[0];
        detail::expect_activations(g, total, "sum");
        for (int i = 1; i < terms.count; ++i) {
            if (g.at(terms[i]).out != g.at(total).out) {
                g.fail(fault::join, "sum", to_text(g.at(total).out).view(),
                       to_text(g.at(terms[i]).out).view());
            }
            detail::expect_activations(g, terms[i], "sum");
            node n = detail::same_shape(g, op::add, total);
            n.inputs.push_back(terms[i]);
            n.work = {.vector_ops = n.out.elements()};
            total = g.add(n);
        }
        ids result;
        result.push_back(total);
        return result;
    }
};

/// The outputs of all branches side by side as channels; heights and widths must agree.
template <layer_type... Branches>
struct concat {
    static constexpr int max_nodes = parallel<Branches...>::max_nodes + 1;
    static constexpr int max_scopes = parallel<Branches...>::max_scopes;

    template <class Graph>
    static constexpr ids lower(Graph& g, ids inputs) {
        node n;
        n.kind = op::concat;
        n.inputs = parallel<Branches...>::lower(g, inputs);
        n.out = g.at(n.inputs[0]).out;
        detail::expect_activations(g, n.inputs[0], "concat");
        for (int i = 1; i < n.inputs.count; ++i) {
            detail::expect_activations(g, n.inputs[i], "concat");
            const extents more = g.at(n.inputs[i]).out;
            if (more.h != n.out.h || more.w != n.out.w) {
                g.fail(
                    fault::join, "concat",
                    text<40>{}.append(n.out.h).append("x").append(n.out.w).append(" pixels").view(),
                    text<40>{}.append(more.h).append("x").append(more.w).append(" pixels").view());
            }
            n.out.c += more.c;
        }
        n.work = {};
        return detail::one(g, n);
    }
};

/// `Body` plus `Skip` of the same input.
template <layer_type Body, layer_type Skip = identity>
struct residual : sum<Body, Skip> {};

/// The 1x1 convolution and batch normalisation by which torchvision's ResNets change shape:
/// parameters `Name.0` and `Name.1`.
template <fixed_string Name, int Out, int Stride>
struct projection
    : scope<Name, item<0, conv2d<"", Out, 1, stride<Stride>>>, item<1, batch_norm<"">>> {};

}  // namespace soma::layers
