// SPDX-License-Identifier: MIT
// expect-error: wrong_layer_argument
// expect-error: "clip"
// expect-error: "Low not above High"
#include <soma/compile/lowered.hpp>
#include <soma/layers/activation.hpp>

using namespace soma;

struct net : model<input<float, 3>, layers::clip<std::ratio<6>, std::ratio<0>>> {};

constexpr int nodes = lowered<net>::data.size;
