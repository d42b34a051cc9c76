// SPDX-License-Identifier: MIT
// expect-error: joined_shapes_differ
// expect-error: "self.attention"
// expect-error: "64x10x1"
// expect-error: "32x10x1"
#include <soma/compile/lowered.hpp>
#include <soma/layers/attention.hpp>
#include <soma/layers/linear.hpp>
#include <soma/model/join.hpp>

using namespace soma;

struct net : model<input<float, 64, 10, 1>,
                   layers::scope<"self",
                                 layers::parallel<layers::linear<"query", 64, each_token>,
                                                  layers::linear<"key", 32, each_token>,
                                                  layers::linear<"value", 64, each_token>>,
                                 layers::attention<4>>> {};

constexpr int nodes = lowered<net>::data.size;
