// SPDX-License-Identifier: MIT
#include <soma/simd/arch/avx512.hpp>

#include "support/half_lanes.hpp"

TEST_CASE("avx512 halves keep their elements through partial loads and stores") {
    soma::test::check_half_lanes<soma::simd::isa::avx512, SOMA_HAS_AVX512 != 0>();
}
