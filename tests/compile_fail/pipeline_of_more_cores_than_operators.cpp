// SPDX-License-Identifier: MIT
// expect-error: pipeline_has_too_many_cores
// expect-error: got<64
// expect-error: at_most<23>
#include <soma/compile/program.hpp>
#include <soma/model/zoo/resnet.hpp>

using namespace soma;

struct net : zoo::resnet<18> {};

using plan = program<net, bf16, schedule<pipeline<64>>, on<inf1_24xlarge>>;

static_assert(plan::fits);
