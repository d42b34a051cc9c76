// SPDX-License-Identifier: MIT
// expect-error: wrong_input_shape
// expect-error: "fc"
// expect-error: "512 features"
// expect-error: "192 features"
#include <soma/compile/lowered.hpp>
#include <soma/layers/linear.hpp>
#include <soma/layers/reshape.hpp>

using namespace soma;

struct net
    : model<input<float, 3, 8, 8>, layers::flatten, layers::linear<"fc", 10, in_channels<512>>> {};

constexpr int nodes = lowered<net>::data.size;
