// SPDX-License-Identifier: MIT
// expect-error: wrong_input_shape
// expect-error: "layer3.1.conv2"
// expect-error: "32 channels"
// expect-error: "16 channels"
#include <soma/compile/lowered.hpp>
#include <soma/layers/conv2d.hpp>

using namespace soma;

struct net
    : model<input<float, 3, 32, 32>,
            layers::conv2d<"conv1", 16, 3>,
            layers::scope<"layer3",
                          layers::item<1, layers::conv2d<"conv2", 32, 3, in_channels<32>>>>> {};

constexpr int nodes = lowered<net>::data.size;
