// SPDX-License-Identifier: MIT
// expect-error: program_exceeds_instance
// expect-error: needs_cores<8>
// expect-error: instance_has_cores<4>
#include <soma/compile/program.hpp>
#include <soma/model/zoo/resnet.hpp>

using namespace soma;

struct net : zoo::resnet<18> {};

using plan = program<net, bf16, schedule<pipeline<4>, replicate<2>>, inferentia>;

static_assert(plan::fits);
