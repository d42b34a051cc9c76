// SPDX-License-Identifier: MIT
// expect-error: operator_on_host
// expect-error: layer1.0.conv1: conv2d
// expect-error: all operators on NeuronCore-v1
// expect-error: fp32 on the host: the core does not
// expect-error: compute it in this format
#include <soma/compile/placed.hpp>
#include <soma/hardware/instances.hpp>
#include <soma/layers/conv2d.hpp>
#include <soma/layers/pool.hpp>

using namespace soma;

struct net : model<input<float, 3, 8, 8>,
                   layers::max_pool<2>,
                   layers::scope<"layer1", layers::scope<"0", layers::conv2d<"conv1", 8, 3>>>> {};

constexpr int nodes =
    placed<net, fp32, schedule<batch<4>, require_all_on_core>, inf1_xlarge>::summary.core_nodes;
