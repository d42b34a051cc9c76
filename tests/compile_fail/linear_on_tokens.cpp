// SPDX-License-Identifier: MIT
// expect-error: wrong_input_shape
// expect-error: "fc"
// expect-error: "activations: embed the tokens first"
// expect-error: "token numbers"
#include <soma/compile/lowered.hpp>
#include <soma/layers/linear.hpp>

using namespace soma;

struct net : model<tokens<128>, layers::linear<"fc", 10>> {};

constexpr int nodes = lowered<net>::data.size;
