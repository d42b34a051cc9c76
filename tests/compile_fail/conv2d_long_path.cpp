// SPDX-License-Identifier: MIT
// A path of more characters than clang prints of one array comes in parts.
// expect-error: wrong_input_shape
// expect-error: "backbone.feature_pyramid.lateral_con"
// expect-error: "nections.3.projection.weights_reduce"
// expect-error: "r"
// expect-error: "64 channels"
// expect-error: "3 channels"
#include <soma/compile/lowered.hpp>
#include <soma/layers/conv2d.hpp>

using namespace soma;

using reducer = layers::conv2d<"weights_reducer", 8, 1, in_channels<64>>;

struct net : model<input<float, 3, 8, 8>,
                   layers::scope<
                       "backbone",
                       layers::scope<
                           "feature_pyramid",
                           layers::scope<"lateral_connections",
                                         layers::item<3, layers::scope<"projection", reducer>>>>>> {
};

constexpr int nodes = lowered<net>::data.size;
