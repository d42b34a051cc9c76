// SPDX-License-Identifier: MIT
#include <soma/layers/embedding.hpp>

#include "support/catch.hpp"
#include "support/lower.hpp"

using namespace soma;
using layers::embedding;
using layers::position_embedding;
using layers::segment_embedding;

static_assert(layer_type<embedding<"words", 100, 8>>);
static_assert(layer_type<position_embedding<"positions", 100, 8>>);
static_assert(layer_type<segment_embedding<"types", 2, 8>>);

static_assert([] {
    const node n = test::last<embedding<"words", 100, 8>>(test::numbers(7));
    return n.kind == op::embedding && n.out == extents{8, 7, 1} && n.name.leaf == "words"
           && n.table_rows == 100 && n.row == table_row::numbered && !n.numbers && n.inputs[0] == 0
           && n.work == workload{.parameters = 800};
}());
static_assert(test::last<position_embedding<"p", 7, 8>>(test::numbers(7)).row
              == table_row::position);
static_assert(test::last<segment_embedding<"t", 2, 8>>(test::numbers(7)).row == table_row::first);
static_assert(test::last<embedding<"w", 100'000, 50'000>>(test::numbers(1)).work.parameters
              == 5'000'000'000LL);

// Only a lookup by number needs numbers.
static_assert(test::gives<position_embedding<"p", 9, 8>>({3, 7, 1}, {8, 7, 1}));
static_assert(test::gives<segment_embedding<"t", 2, 8>>({3, 7, 1}, {8, 7, 1}));
static_assert(test::reports<embedding<"words", 100, 8>>(
    fault::shape, "words", "token numbers", "3x8x8", extents{3, 8, 8}));
static_assert(test::reports<position_embedding<"p", 100, 8>>(
    fault::shape, "p", "a sequence", "3x8x8", extents{3, 8, 8}));
static_assert(test::reports<position_embedding<"p", 6, 8>>(
    fault::shape, "p", "at most 6 tokens", "7 tokens", test::numbers(7)));
static_assert(test::gives<segment_embedding<"t", 2, 8>>({3, 500, 1}, {8, 500, 1}),
              "more tokens than types");

static_assert(test::reports<embedding<"words", 0, 8>>(
    fault::argument, "words", "at least 1 row and 1 feature", "0 and 8", test::numbers(7)));
static_assert(test::reports<embedding<"words", 5, -1>>(
    fault::argument, "words", "at least 1 row and 1 feature", "5 and -1", test::numbers(7)));
static_assert(test::reports<embedding<"words", 5, 8>>(
    fault::inputs, "words", "1 input", "2 inputs", test::numbers(7), test::numbers(7)));

TEST_CASE("layers/embedding: tables lower at run time as they do in constant evaluation") {
    const node n = test::last<position_embedding<"p", 12, 8>>(test::numbers(7));
    CHECK(n.work.parameters == 12 * 8);
    CHECK(n.work.flops() == 0);
    CHECK(n.out.elements() == 7 * 8);
}
