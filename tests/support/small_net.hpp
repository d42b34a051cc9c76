// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A model with all that could depend on a schedule - borders, strides, a residual, depthwise and
/// odd channels - and little else: tests instantiate it dozens of times.

#include <soma/layers/activation.hpp>
#include <soma/layers/linear.hpp>
#include <soma/layers/pool.hpp>
#include <soma/model/join.hpp>
#include <soma/model/model.hpp>

namespace soma::test {

struct small_net
    : model<input<float, 3, 7, 5>,
            layers::conv2d<"conv1", 21, 3, padding<1>>,
            layers::batch_norm<"bn1">,
            layers::relu,
            layers::residual<
                layers::sequential<layers::conv2d<"depthwise", 21, 3, padding<1>, groups<21>>,
                                   layers::silu,
                                   layers::conv2d<"conv2", 21, 3, padding<1>, with_bias>>>,
            layers::relu,
            layers::max_pool<2>,
            layers::flatten,
            layers::linear<"fc", 9>> {};

}  // namespace soma::test
