// SPDX-License-Identifier: MIT
// expect-error: wrong_layer_argument
// expect-error: "conv1"
// expect-error: "at least 1 output channel"
// expect-error: got<
// expect-error: "0"
#include <soma/compile/lowered.hpp>
#include <soma/layers/conv2d.hpp>

using namespace soma;

struct net : model<input<float, 3, 8, 8>, layers::conv2d<"conv1", 0, 3>> {};

constexpr int nodes = lowered<net>::data.size;
