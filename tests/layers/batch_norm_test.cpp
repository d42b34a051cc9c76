// SPDX-License-Identifier: MIT
#include <soma/layers/batch_norm.hpp>

#include "support/lower.hpp"

using namespace soma;

namespace {

struct coarse {
    static constexpr double value = 0.25;
};

constexpr node norm = test::last<layers::batch_norm<"bn1">>({6, 4, 5});

}  // namespace

static_assert(layer_type<layers::batch_norm<"bn1">>);
static_assert(norm.kind == op::batch_norm && norm.out == extents{6, 4, 5});
static_assert(norm.name.leaf == "bn1" && norm.norm.leaf == "bn1" && norm.norm.scope == -1);
static_assert(norm.normalised && norm.epsilon == 1e-5);
static_assert(norm.work == workload{.vector_ops = 2 * 6 * 4 * 5, .parameters = 2 * 6},
              "running statistics are not learned by gradient");
static_assert(test::last<layers::batch_norm<"bn1", coarse>>({6}).epsilon == 0.25);
static_assert(test::reports<layers::batch_norm<"bn1">>(
    fault::inputs, "bn1", "1 input", "2 inputs", extents{3}, extents{3}));
