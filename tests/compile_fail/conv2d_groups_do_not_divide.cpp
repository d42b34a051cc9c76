// SPDX-License-Identifier: MIT
// expect-error: wrong_input_shape
// expect-error: "features.0"
// expect-error: "channels divisible by 4 groups"
// expect-error: "6 and 8"
#include <soma/compile/lowered.hpp>
#include <soma/layers/conv2d.hpp>

using namespace soma;

struct net
    : model<input<float, 6, 8, 8>,
            layers::scope<"features", layers::item<0, layers::conv2d<"", 8, 3, groups<4>>>>> {};

constexpr int nodes = lowered<net>::data.size;
