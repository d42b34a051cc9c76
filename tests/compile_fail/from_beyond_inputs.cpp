// SPDX-License-Identifier: MIT
// expect-error: wrong_number_of_inputs
// expect-error: "from"
// expect-error: "more than 2 inputs"
// expect-error: "1 inputs"
#include <soma/compile/lowered.hpp>
#include <soma/model/join.hpp>

using namespace soma;

struct net : model<input<float, 3>, layers::from<2>> {};

constexpr int nodes = lowered<net>::data.size;
