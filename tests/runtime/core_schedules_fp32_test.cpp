// SPDX-License-Identifier: MIT
#include "support/core_schedules.hpp"

TEST_CASE("any number of cores gives the same bits in fp32", "[runtime][executor]") {
    soma::test::same_bits_on_several_cores<soma::fp32>();
}
