// SPDX-License-Identifier: MIT
// expect-error: wrong_input_shape
// expect-error: "head.fc"
// expect-error: "a vector: flatten or pool first"
// expect-error: "3x8x8"
#include <soma/compile/lowered.hpp>
#include <soma/layers/linear.hpp>

using namespace soma;

struct net : model<input<float, 3, 8, 8>, layers::scope<"head", layers::linear<"fc", 10>>> {};

constexpr int nodes = lowered<net>::data.size;
