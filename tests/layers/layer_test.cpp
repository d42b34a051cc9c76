// SPDX-License-Identifier: MIT
#include <soma/layers/layer.hpp>

#include "support/lower.hpp"

using namespace soma;

namespace {

struct good {
    static constexpr int max_nodes = 1, max_scopes = 0;
    template <class Graph>
    static constexpr ids lower(Graph& g, ids inputs) {
        return layers::detail::one(
            g,
            layers::detail::same_shape(g, op::add, layers::detail::only_input(g, inputs, "good")));
    }
};
struct unbounded {
    template <class Graph>
    static constexpr ids lower(Graph&, ids inputs) {
        return inputs;
    }
};
struct returns_a_number : unbounded {
    static constexpr int max_nodes = 1, max_scopes = 0;
    template <class Graph>
    static constexpr int lower(Graph&, ids) {
        return 0;
    }
};
struct with_state : good {
    int state = 0;
};

}  // namespace

static_assert(layer_type<good>);
static_assert(!layer_type<unbounded> && !layer_type<returns_a_number> && !layer_type<with_state>);
static_assert(!layer_type<int> && !layer_type<void>);

static_assert(test::gives<good>({3, 4, 5}, {3, 4, 5}));
static_assert(test::last<good>({3}).kind == op::add && test::last<good>({3}).inputs[0] == 0);
static_assert(test::reports<good>(
    fault::inputs, "good", "1 input", "3 inputs", extents{3}, extents{3}, extents{3}));
static_assert([] {
    graph<1, 0> g;
    node n;
    n.out = {2};
    g.add(n);
    static_cast<void>(layers::detail::only_input(g, {}, "layer"));
    return g.error.what == fault::inputs && g.error.got.view() == "0 inputs";
}());
static_assert(test::reports<good>(fault::shape,
                                  "good",
                                  "activations: embed the tokens first",
                                  "token numbers",
                                  test::numbers(7)));
