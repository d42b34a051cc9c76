// SPDX-License-Identifier: MIT
//
// A pipeline's stages on one thread, one behind the other: the nodes, the plan and the bits are
// those of the same program without stages.

#include "support/catch.hpp"
#include "support/schedules.hpp"

using namespace soma;
using test::small_net;

namespace {

template <class Precision, class... Policies>
using staged = program<small_net, Precision, schedule<Policies...>>;

static_assert(staged<fp32, pipeline<4>>::cores == 1 && staged<fp32, pipeline<4>>::copies == 1);
static_assert(staged<fp32, pipeline<4>>::arena_bytes == program<small_net>::arena_bytes);
static_assert(staged<fp32, pipeline<4>, batch<3>>::samples == 3);

}  // namespace

TEMPLATE_TEST_CASE("a pipeline gives the same bits", "[runtime][executor]", fp32, bf16) {
    const std::vector<float> in = test::inputs<small_net>(7);
    const auto want = test::results<program<small_net, TestType>>(in);
    test::same_bits<program<small_net, TestType, pipeline<1>>>(in, want);
    test::same_bits<program<small_net, TestType, pipeline<4>>>(in, want);
    test::same_bits<staged<TestType, pipeline<64>, batch<3>>>(in, want);
    test::same_bits<staged<TestType, batch<2>, pipeline<3>, replicate<2>, static_weights>>(in,
                                                                                           want);
    test::same_bits<staged<TestType, static_weights>>(in, want);
}
