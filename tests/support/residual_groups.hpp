// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A small residual network whose batches run in groups of several sizes: images first, weights
/// last, a small cache assumed.

#include <soma/layers/activation.hpp>
#include <soma/layers/custom.hpp>
#include <soma/layers/linear.hpp>
#include <soma/layers/pool.hpp>
#include <soma/model/join.hpp>
#include <soma/model/model.hpp>
#include <soma/policy/schedule.hpp>

#include "support/models.hpp"

namespace soma::test {

/// `batch<Size>` for a cache so small that networks for tests do not fit.
template <int Size, int Bytes = 32 * 1024>
struct tight_batch : batch<Size> {
    static constexpr int cache_bytes = Bytes;
};

/// A border in memory, residuals that are added in place, pools, a layer of its own, a
/// concatenation, odd channels, layers on vectors.
struct residual_groups
    : model<input<float, 3, 20, 18>,
            layers::conv2d<"stem", 16, 3, padding<1>>,
            layers::batch_norm<"bn">,
            layers::relu,
            layers::residual<layers::sequential<layers::conv2d<"a", 16, 3, padding<1>>,
                                                layers::relu,
                                                layers::conv2d<"b", 16, 1, with_bias>>>,
            layers::relu,
            layers::concat<layers::max_pool<3, stride<1>, padding<1>>,
                           layers::average_pool<3, stride<1>, padding<1>>,
                           layers::conv2d<"side", 5, 1>,
                           layers::custom<"mirror", mirror>>,
            layers::max_pool<2>,
            layers::residual<layers::sequential<layers::conv2d<"c", 40, 3, stride<2>, padding<1>>,
                                                layers::silu,
                                                layers::conv2d<"d", 40, 3, padding<1>>>,
                             layers::projection<"downsample", 40, 2>>,
            layers::relu,
            layers::residual<layers::sequential<layers::conv2d<"e", 96, 3, padding<1>>,
                                                layers::relu,
                                                layers::conv2d<"f", 40, 3, padding<1>>>>,
            layers::flatten,
            layers::linear<"fc1", 64>,
            layers::relu,
            layers::linear<"fc2", 9>> {};

}  // namespace soma::test
