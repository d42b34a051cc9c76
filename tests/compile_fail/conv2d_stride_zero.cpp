// SPDX-License-Identifier: MIT
// expect-error: wrong_layer_argument
// expect-error: "stem.conv1"
// expect-error: "stride of 1 or more"
// expect-error: "0x1"
#include <soma/compile/lowered.hpp>
#include <soma/layers/conv2d.hpp>

using namespace soma;

struct net : model<input<float, 3, 8, 8>,
                   layers::scope<"stem", layers::conv2d<"conv1", 4, 3, stride<0, 1>>>> {};

constexpr int nodes = lowered<net>::data.size;
