// SPDX-License-Identifier: MIT
#include <soma/layers/softmax.hpp>

#include "support/lower.hpp"

using namespace soma;

static_assert(layer_type<layers::softmax> && layer_type<layers::log_softmax>);
static_assert(test::gives<layers::softmax>({10}, {10}));
static_assert(test::gives<layers::log_softmax>({3, 4, 5}, {3, 4, 5}));
static_assert(test::last<layers::softmax>({10}).kind == op::softmax);
static_assert(test::last<layers::log_softmax>({10}).kind == op::log_softmax);
static_assert(test::last<layers::softmax>({10}).work == workload{.vector_ops = 40});
static_assert(test::reports<layers::softmax>(
    fault::inputs, "softmax", "1 input", "2 inputs", extents{6}, extents{6}));
