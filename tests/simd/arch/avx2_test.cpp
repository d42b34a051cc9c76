// SPDX-License-Identifier: MIT
#include <soma/simd/arch/avx2.hpp>

#include "support/half_lanes.hpp"

TEST_CASE("avx2 halves keep their elements through partial loads and stores") {
    soma::test::check_half_lanes<soma::simd::isa::avx2, SOMA_HAS_AVX2 != 0>();
}
