// SPDX-License-Identifier: MIT
#include <soma/layers/first_token.hpp>

#include "support/catch.hpp"
#include "support/lower.hpp"

using namespace soma;
using layers::first_token;

static_assert(layer_type<first_token>);
static_assert(test::gives<first_token>({8, 7, 1}, {8}));
static_assert(test::gives<first_token>({8}, {8}));
static_assert(test::reports<first_token>(
    fault::shape, "first_token", "a sequence", "8x7x5", extents{8, 7, 5}));
static_assert(test::reports<first_token>(
    fault::inputs, "first_token", "1 input", "2 inputs", extents{8, 7}, extents{8, 7}));
static_assert(test::reports<first_token>(fault::shape,
                                         "first_token",
                                         "activations: embed the tokens first",
                                         "token numbers",
                                         test::numbers(7)));

TEST_CASE("layers/first_token: a slice computes nothing and learns nothing") {
    const node n = test::last<first_token>(extents{8, 7, 1});
    CHECK(n.kind == op::slice);
    CHECK(n.work == workload{});
    CHECK(n.out.is_vector());
}
