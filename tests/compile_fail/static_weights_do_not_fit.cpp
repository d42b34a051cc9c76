// SPDX-License-Identifier: MIT
// ResNet-50 in BF16 has 51 MB of weights: four cores of 10 MiB cannot keep them.
// expect-error: stage_weights_exceed_core_memory
// expect-error: stage<1>
// expect-error: "layer2.0.conv3"
// expect-error: needs_bytes<13886464>
// expect-error: core_has_bytes<10485760>
#include <soma/compile/program.hpp>
#include <soma/model/zoo/resnet.hpp>

using namespace soma;

struct net : zoo::resnet<50> {};

using plan = program<net, bf16, schedule<pipeline<4>, static_weights>, inferentia>;

constexpr int size = plan::size;
