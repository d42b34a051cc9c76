// SPDX-License-Identifier: MIT
#include <soma/compile/program.hpp>
#include <soma/compile/program_name.hpp>

#include "support/catch.hpp"
#include "support/small_net.hpp"

using namespace soma;

namespace {

template <class... Axes>
using scheduled = program<test::small_net, bf16, schedule<Axes...>>;

}  // namespace

static_assert(program_name<program<test::small_net>>.view() == "fp32, batch 1, copies 1");
static_assert(program_name<scheduled<batch<4>, replicate<2>>>.view() == "bf16, batch 4, copies 2");
static_assert(program_name<scheduled<tensor_parallel<2>>>.view()
              == "bf16, batch 1, copies 1, cores 2");
static_assert(program_name<scheduled<pipeline<3>, batch<8>>>.view()
              == "bf16, batch 8, copies 1, stages 3");

TEST_CASE("a schedule that is no program's has a name, too", "[compile]") {
    CHECK(schedule_name<schedule<batch<65536>, replicate<65536>>>.view()
          == "batch 65536, copies 65536");
}
