// SPDX-License-Identifier: MIT
// expect-error: program_exceeds_device_memory
// expect-error: chip_has_bytes<8589934592>
#include <soma/compile/program.hpp>
#include <soma/model/zoo/vgg.hpp>

using namespace soma;

struct net : zoo::vgg<11> {};

using plan = program<net, bf16, schedule<batch<32768>>, inferentia>;

static_assert(plan::fits);
