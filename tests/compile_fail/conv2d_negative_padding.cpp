// SPDX-License-Identifier: MIT
// expect-error: wrong_layer_argument
// expect-error: "conv1"
// expect-error: "padding of 0 or more"
// expect-error: "-1x-1"
#include <soma/compile/lowered.hpp>
#include <soma/layers/conv2d.hpp>

using namespace soma;

struct net : model<input<float, 3, 8, 8>, layers::conv2d<"conv1", 4, 3, padding<-1>>> {};

constexpr int nodes = lowered<net>::data.size;
