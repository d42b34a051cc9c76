// SPDX-License-Identifier: MIT
// expect-error: window_exceeds_input
// expect-error: "layer2.0.conv1"
// expect-error: "at least 5x5 pixels"
// expect-error: "4x8 pixels"
#include <soma/compile/lowered.hpp>
#include <soma/layers/conv2d.hpp>

using namespace soma;

struct net
    : model<input<float, 3, 4, 8>,
            layers::scope<"layer2", layers::repeat<2, layers::conv2d<"conv1", 4, 7, padding<1>>>>> {
};

constexpr int nodes = lowered<net>::data.size;
