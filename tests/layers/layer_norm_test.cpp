// SPDX-License-Identifier: MIT
#include <soma/layers/layer_norm.hpp>

#include "support/catch.hpp"
#include "support/lower.hpp"

using namespace soma;
using layers::layer_norm;

namespace {

struct small {
    static constexpr double value = 1e-12;
};

}  // namespace

static_assert(layer_type<layer_norm<"LayerNorm">>);
static_assert(test::gives<layer_norm<"LayerNorm">>({8, 7, 1}, {8, 7, 1}));
static_assert(test::gives<layer_norm<"LayerNorm">>({8, 7, 5}, {8, 7, 5}), "over each pixel");
static_assert([] {
    const node n = test::last<layer_norm<"LayerNorm">>(extents{8, 7, 1});
    return n.kind == op::layer_norm && n.name.leaf == "LayerNorm" && n.bias && !n.normalised
           && n.epsilon == 1e-5;
}());
static_assert(test::last<layer_norm<"LayerNorm", small>>(extents{8}).epsilon == 1e-12);
static_assert(test::reports<layer_norm<"n">>(
    fault::inputs, "n", "1 input", "2 inputs", extents{60}, extents{60}));
static_assert(test::reports<layer_norm<"n">>(
    fault::shape, "n", "activations: embed the tokens first", "token numbers", test::numbers(7)));

TEST_CASE("layers/layer_norm: the workload is that of its definition") {
    constexpr extents sequence{6, 3, 1};
    long long operations = 0;
    double x[6] = {}, weight[6] = {}, bias[6] = {};
    for (int token = 0; token < sequence.h; ++token) {
        double mean = 0, variance = 0;
        for (int c = 0; c < sequence.c; ++c, ++operations) {
            mean += x[c];
        }
        for (int c = 0; c < sequence.c; ++c, operations += 3) {
            x[c] -= mean / sequence.c;
            variance += x[c] * x[c];
        }
        for (int c = 0; c < sequence.c; ++c, operations += 3) {
            x[c] = x[c] / (variance + 1) * weight[c] + bias[c];
        }
    }
    const node n = test::last<layer_norm<"n">>(sequence);
    CHECK(n.work == workload{.vector_ops = operations, .parameters = 12});
}
