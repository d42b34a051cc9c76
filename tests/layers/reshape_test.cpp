// SPDX-License-Identifier: MIT
#include <soma/layers/reshape.hpp>

#include "support/lower.hpp"

using namespace soma;

static_assert(layer_type<layers::flatten> && layer_type<layers::identity>
              && layer_type<layers::dropout>);
static_assert(test::gives<layers::flatten>({3, 4, 5}, {60, 1, 1}));
static_assert(test::gives<layers::flatten>({60}, {60}));
static_assert(test::last<layers::flatten>({3, 4, 5}).kind == op::flatten);
static_assert(test::last<layers::flatten>({3, 4, 5}).work == workload{});

// Nothing is added to the graph, and any number of inputs passes.
static_assert(test::lower<layers::identity>(extents{3, 4, 5}).size == 1);
static_assert(test::lower<layers::dropout>(extents{3, 4, 5}, extents{2}).size == 2);
static_assert([] {
    graph<1, 0> g;
    ids two;
    two.push_back(4);
    two.push_back(2);
    const ids same = layers::identity::lower(g, two);
    return same.count == 2 && same[0] == 4 && same[1] == 2;
}());
