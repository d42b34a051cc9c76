// SPDX-License-Identifier: MIT
// expect-error: wrong_number_of_inputs
// expect-error: "attention"
// expect-error: "3 inputs: queries, keys, values"
// expect-error: "1 inputs"
#include <soma/compile/lowered.hpp>
#include <soma/layers/attention.hpp>

using namespace soma;

struct net : model<input<float, 64, 10, 1>, layers::attention<4>> {};

constexpr int nodes = lowered<net>::data.size;
