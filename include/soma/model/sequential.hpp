// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Layers one after the other, and the same layer several times.

#include <soma/base/fixed_string.hpp>
#include <soma/layers/layer.hpp>

namespace soma::layers {

namespace detail {

/// A loop, not a fold: clang refuses folds over more than 256 layers.
template <std::size_t Count>
[[nodiscard]] consteval int total(const int (&values)[Count]) {
    int sum = 0;
    for (const int v : values) {
        sum += v;
    }
    return sum;
}

/// Most nodes and scopes that `Layers` add between them.
///
/// Packs of layers are checked here: a constrained pack is a fold in disguise.
template <class... Layers>
struct bounds_of {
    static_assert(total({0, (layer_type<Layers> ? 0 : 1)...}) == 0,
                  "layers: each has max_nodes, max_scopes and lower, and no data");
    static constexpr int max_nodes = total({0, Layers::max_nodes...});
    static constexpr int max_scopes = total({0, Layers::max_scopes...});
};

}  // namespace detail

/// Each layer reads what the one before it returns.
template <class... Layers>
struct sequential {
    static constexpr int max_nodes = detail::bounds_of<Layers...>::max_nodes;
    static constexpr int max_scopes = detail::bounds_of<Layers...>::max_scopes;

    template <class Graph>
    static constexpr ids lower(Graph& g, ids inputs) {
        if constexpr (sizeof...(Layers) > 0) {
            using step = ids (*)(Graph&, ids);
            constexpr step steps[] = {&Layers::template lower<Graph>...};
            for (const step s : steps) {
                inputs = s(g, inputs);
            }
        }
        return inputs;
    }
};

/// `Layers` in order, whose parameter names start with `Name.`.
template <fixed_string Name, class... Layers>
struct scope {
    static constexpr int max_nodes = detail::bounds_of<Layers...>::max_nodes;
    static constexpr int max_scopes = 1 + detail::bounds_of<Layers...>::max_scopes;

    template <class Graph>
    static constexpr ids lower(Graph& g, ids inputs) {
        const int outer = g.enter(Name.view());
        inputs = sequential<Layers...>::lower(g, inputs);
        g.leave(outer);
        return inputs;
    }
};

/// `Layer` as number `Index` of a list: its parameter names start with `Index.`.
template <int Index, class... Layers>
struct item {
    static constexpr int max_nodes = detail::bounds_of<Layers...>::max_nodes;
    static constexpr int max_scopes = 1 + detail::bounds_of<Layers...>::max_scopes;

    template <class Graph>
    static constexpr ids lower(Graph& g, ids inputs) {
        const int outer = g.enter({}, Index);
        inputs = sequential<Layers...>::lower(g, inputs);
        g.leave(outer);
        return inputs;
    }
};

/// `Count` copies of `Layer` in a row, numbered from `First` (PyTorch's nn.Sequential of blocks).
template <int Count, layer_type Layer, int First = 0>
struct repeat {
    static constexpr int max_nodes = (Count > 0 ? Count : 0) * Layer::max_nodes;
    static constexpr int max_scopes = (Count > 0 ? Count : 0) * (1 + Layer::max_scopes);

    template <class Graph>
    static constexpr ids lower(Graph& g, ids inputs) {
        if (Count < 1) {
            g.fail(fault::argument, "repeat", "at least 1 copy", text<24>{}.append(Count).view());
        }
        for (int i = 0; i < Count; ++i) {
            const int outer = g.enter({}, First + i);
            inputs = Layer::lower(g, inputs);
            g.leave(outer);
        }
        return inputs;
    }
};

}  // namespace soma::layers
