// SPDX-License-Identifier: MIT
// expect-error: wrong_layer_argument
// expect-error: "layer1.repeat"
// expect-error: "at least 1 copy"
// expect-error: "0"
#include <soma/compile/lowered.hpp>
#include <soma/layers/conv2d.hpp>

using namespace soma;

struct net : model<input<float, 3, 8, 8>,
                   layers::scope<"layer1", layers::repeat<0, layers::conv2d<"conv", 3, 1>>>> {};

constexpr int nodes = lowered<net>::data.size;
