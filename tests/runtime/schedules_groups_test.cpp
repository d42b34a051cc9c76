// SPDX-License-Identifier: MIT
#include "support/residual_groups.hpp"
#include "support/schedules.hpp"

using namespace soma;
using namespace soma::test;

namespace {

template <class Precision, int Batch>
using grouped = program<residual_groups, Precision, tight_batch<Batch>>;

static_assert(grouped<fp32, 8>::steps.size() > 1 && grouped<bf16, 6>::steps.size() > 1);

/// Batches of one to nine, whole and in groups, against one sample after the other.
template <precision_policy Precision>
void same_bits_in_every_group() {
    const std::vector<float> in = inputs<residual_groups>(11);
    const auto want = results<program<residual_groups, Precision>>(in);
    REQUIRE(want.size() == 11 * 9);
    [&]<int... Less>(std::integer_sequence<int, Less...>) {
        (same_bits<grouped<Precision, Less + 1>>(in, want), ...);
    }(std::make_integer_sequence<int, 9>{});
    same_bits<program<residual_groups, Precision, batch<8>>>(in, want);
    same_bits<program<residual_groups, Precision, tight_batch<8, 64 * 1024>>>(in, want);
    same_bits<program<residual_groups, Precision, schedule<replicate<2>, tight_batch<4>>>>(in,
                                                                                           want);
    same_bits<program<residual_groups, Precision, schedule<tensor_parallel<2, 1>, tight_batch<4>>>>(
        in, want);
}

}  // namespace

TEMPLATE_TEST_CASE("samples in groups of every size give the same bits",
                   "[runtime][executor]",
                   fp32,
                   bf16,
                   fp16,
                   matmul_cast<bf16>,
                   auto_cast<bf16>) {
    same_bits_in_every_group<TestType>();
}
