// SPDX-License-Identifier: MIT
// expect-error: wrong_schedule
// expect-error: the name of a layer or of a scope
// expect-error: conv9
#include <soma/compile/placed.hpp>
#include <soma/hardware/instances.hpp>
#include <soma/layers/conv2d.hpp>

using namespace soma;

struct net : model<input<float, 3, 8, 8>, layers::conv2d<"conv1", 8, 3>> {};

constexpr int nodes = placed<net, bf16, on_host<"conv1", "conv9">, inf1_xlarge>::summary.host_nodes;
