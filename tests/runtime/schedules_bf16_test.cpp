// SPDX-License-Identifier: MIT
#include "support/schedules.hpp"

TEST_CASE("every schedule gives the same bits in bf16", "[runtime][executor]") {
    soma::test::same_bits_in_every_schedule<soma::bf16>();
}
