// SPDX-License-Identifier: MIT
// expect-error: wrong_layer_argument
// expect-error: "layer1.max_pool"
// expect-error: "padding of at most half the kernel"
// expect-error: "padding 2x2"
#include <soma/compile/lowered.hpp>
#include <soma/layers/pool.hpp>

using namespace soma;

struct net
    : model<input<float, 3, 8, 8>, layers::scope<"layer1", layers::max_pool<3, padding<2>>>> {};

constexpr int nodes = lowered<net>::data.size;
