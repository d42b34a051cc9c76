// SPDX-License-Identifier: MIT
#include <soma/simd/arch/baseline.hpp>

#include "support/half_lanes.hpp"

TEST_CASE("baseline halves keep their elements through partial loads and stores") {
    soma::test::check_half_lanes<soma::simd::isa::baseline, true>();
}
