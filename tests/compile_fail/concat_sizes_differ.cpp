// SPDX-License-Identifier: MIT
// expect-error: joined_shapes_differ
// expect-error: "mixed.concat"
// expect-error: "8x8 pixels"
// expect-error: "6x6 pixels"
#include <soma/compile/lowered.hpp>
#include <soma/layers/conv2d.hpp>
#include <soma/model/join.hpp>

using namespace soma;

struct net
    : model<input<float, 3, 8, 8>,
            layers::scope<"mixed",
                          layers::concat<layers::conv2d<"a", 4, 1>, layers::conv2d<"b", 4, 3>>>> {};

constexpr int nodes = lowered<net>::data.size;
