// SPDX-License-Identifier: MIT
// expect-error: wrong_number_of_inputs
// expect-error: "conv2"
// expect-error: "1 input"
// expect-error: "2 inputs"
#include <soma/compile/lowered.hpp>
#include <soma/layers/conv2d.hpp>
#include <soma/model/join.hpp>

using namespace soma;

struct net : model<input<float, 3, 8, 8>,
                   layers::parallel<layers::conv2d<"a", 3, 1>, layers::identity>,
                   layers::conv2d<"conv2", 3, 1>> {};

constexpr int nodes = lowered<net>::data.size;
