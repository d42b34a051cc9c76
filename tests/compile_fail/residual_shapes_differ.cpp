// SPDX-License-Identifier: MIT
// expect-error: joined_shapes_differ
// expect-error: "layer1.sum"
// expect-error: "8x6x6"
// expect-error: "3x8x8"
#include <soma/compile/lowered.hpp>
#include <soma/layers/conv2d.hpp>
#include <soma/model/join.hpp>

using namespace soma;

struct net : model<input<float, 3, 8, 8>,
                   layers::scope<"layer1", layers::residual<layers::conv2d<"conv1", 8, 3>>>> {};

constexpr int nodes = lowered<net>::data.size;
