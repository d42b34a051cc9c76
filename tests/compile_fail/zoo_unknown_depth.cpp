// SPDX-License-Identifier: MIT
// expect-error: wrong_layer_argument
// expect-error: "resnet"
// expect-error: "depth 18, 34, 50, 101 or 152"
// expect-error: 42
#include <soma/model/zoo/resnet.hpp>

constexpr long long parameters = soma::zoo::resnet<42>::parameter_count;
