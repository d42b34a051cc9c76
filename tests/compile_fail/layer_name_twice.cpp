// SPDX-License-Identifier: MIT
// expect-error: parameter_name_used_twice
// expect-error: "layer1.0.conv1"
// expect-error: "one layer of this name"
#include <soma/compile/lowered.hpp>
#include <soma/layers/conv2d.hpp>

using namespace soma;

struct net : model<input<float, 3, 8, 8>,
                   layers::scope<"layer1",
                                 layers::item<0, layers::conv2d<"conv1", 3, 1>>,
                                 layers::item<0, layers::conv2d<"conv1", 3, 1>>>> {};

constexpr int nodes = lowered<net>::data.size;
