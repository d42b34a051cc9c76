// SPDX-License-Identifier: MIT
// expect-error: wrong_input_shape
// expect-error: "self.attention"
// expect-error: "channels divisible by 12 heads"
// expect-error: "64 channels"
#include <soma/compile/lowered.hpp>
#include <soma/layers/attention.hpp>
#include <soma/model/join.hpp>

using namespace soma;

struct net
    : model<input<float, 64, 10, 1>,
            layers::scope<"self",
                          layers::parallel<layers::identity, layers::identity, layers::identity>,
                          layers::attention<12>>> {};

constexpr int nodes = lowered<net>::data.size;
