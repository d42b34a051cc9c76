// SPDX-License-Identifier: MIT
#include <soma/layers/attention.hpp>

#include "support/catch.hpp"
#include "support/lower.hpp"

using namespace soma;
using layers::attention;

namespace {

constexpr extents sequence{12, 5, 1};

}  // namespace

static_assert(layer_type<attention<4>>);
static_assert([] {
    const auto g = test::lower<attention<4>>(sequence, sequence, sequence);
    const node& n = g.at(3);
    return g.error.what == fault::none && n.kind == op::attention && n.out == sequence
           && n.heads == 4 && n.inputs.count == 3 && n.inputs[0] == 0 && n.inputs[1] == 1
           && n.inputs[2] == 2;
}());
static_assert(test::last<attention<12>>(sequence, sequence, sequence).heads == 12);
static_assert(test::last<attention<16>>(extents{65'536, 32'768},
                                        extents{65'536, 32'768},
                                        extents{65'536, 32'768})
                  .work.macs
              == 1LL << 47);

static_assert(test::reports<attention<5>>(fault::shape,
                                          "attention",
                                          "channels divisible by 5 heads",
                                          "12 channels",
                                          sequence,
                                          sequence,
                                          sequence));
static_assert(test::reports<attention<0>>(
    fault::argument, "attention", "at least 1 head", "0", sequence, sequence, sequence));
static_assert(test::reports<attention<4>>(
    fault::join, "attention", "12x5x1", "12x6x1", sequence, extents{12, 6}, sequence));
static_assert(test::reports<attention<4>>(
    fault::join, "attention", "12x5x1", "8x5x1", sequence, sequence, extents{8, 5}));
static_assert(test::reports<attention<4>>(
    fault::inputs, "attention", "3 inputs: queries, keys, values", "1 inputs", sequence));
static_assert(test::reports<attention<4>>(fault::inputs,
                                          "attention",
                                          "3 inputs: queries, keys, values",
                                          "4 inputs",
                                          sequence,
                                          sequence,
                                          sequence,
                                          sequence));
static_assert(test::reports<attention<4>>(fault::shape,
                                          "attention",
                                          "a sequence",
                                          "12x5x5",
                                          extents{12, 5, 5},
                                          extents{12, 5, 5},
                                          extents{12, 5, 5}));
static_assert(test::reports<attention<1>>(fault::shape,
                                          "attention",
                                          "activations: embed the tokens first",
                                          "token numbers",
                                          test::numbers(7),
                                          test::numbers(7),
                                          test::numbers(7)));

TEST_CASE("layers/attention: the workload is that of its definition") {
    constexpr int heads = 3, features = 4, tokens = 5;
    long long products = 0, others = 0;
    for (int head = 0; head < heads; ++head) {
        for (int query = 0; query < tokens; ++query) {
            for (int key = 0; key < tokens; ++key) {
                products += features;  // of the score
                others += 1 + 4;       // its scale; a maximum, an exponential, a sum, a quotient
                products += features;  // of the values that it weighs
            }
        }
    }
    const node n = test::last<attention<heads>>(sequence, sequence, sequence);
    CHECK(n.work == workload{.macs = products, .vector_ops = others});
}
