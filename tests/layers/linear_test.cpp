// SPDX-License-Identifier: MIT
#include <soma/layers/linear.hpp>

#include "support/lower.hpp"

using namespace soma;
using layers::linear;

static_assert(layer_type<linear<"fc", 10>>);
static_assert(test::gives<linear<"fc", 10>>({512}, {10}));
static_assert(test::last<linear<"fc", 10>>({512}).kind == op::linear);
static_assert(test::last<linear<"fc", 10>>({512}).bias, "as in PyTorch, unlike convolutions");
static_assert(!test::last<linear<"fc", 10, no_bias>>({512}).bias);
static_assert(test::last<linear<"fc", 10>>({512}).work
              == workload{.macs = 5120, .parameters = 5130});
static_assert(test::last<linear<"fc", 10, no_bias>>({512}).work
              == workload{.macs = 5120, .parameters = 5120});
static_assert(test::last<linear<"fc", 100'000>>({100'000}).work.macs == 10'000'000'000LL);

static_assert(test::reports<linear<"fc", 10>>(
    fault::shape, "fc", "a vector: flatten or pool first", "3x4x5", extents{3, 4, 5}));
static_assert(test::reports<linear<"fc", 10, in_channels<64>>>(
    fault::shape, "fc", "64 features", "60 features", extents{60}));
static_assert(test::gives<linear<"fc", 10, in_channels<60>>>({60}, {10}));
static_assert(test::reports<linear<"fc", 0>>(
    fault::argument, "fc", "at least 1 output feature", "0", extents{60}));
static_assert(test::reports<linear<"fc", 10>>(
    fault::inputs, "fc", "1 input", "2 inputs", extents{60}, extents{60}));

// For each token by itself: the same weights, as many products more.
static_assert(test::gives<linear<"fc", 10, each_token>>({512, 7}, {10, 7}));
static_assert(test::gives<linear<"fc", 10, each_token>>({512, 7, 3}, {10, 7, 3}));
static_assert(test::gives<linear<"fc", 10, each_token>>({512}, {10}));
static_assert(test::last<linear<"fc", 10, each_token>>(extents{512, 7}).work
              == workload{.macs = 7 * 5120, .parameters = 5130});
static_assert(test::last<linear<"fc", 10, each_token>>(extents{512, 7}).win.kernel_h == 1);
static_assert(test::reports<linear<"fc", 10, each_token, in_channels<64>>>(
    fault::shape, "fc", "64 features", "60 features", extents{60, 7}));
static_assert(test::reports<linear<"fc", 10>>(
    fault::shape, "fc", "a vector: flatten or pool first", "60x7x1", extents{60, 7}));
static_assert(test::reports<linear<"fc", 10, each_token>>(
    fault::shape, "fc", "activations: embed the tokens first", "token numbers", test::numbers(7)));
