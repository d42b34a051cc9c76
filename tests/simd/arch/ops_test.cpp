// SPDX-License-Identifier: MIT
#include <soma/simd/arch/ops.hpp>

#include <soma/simd/vec.hpp>

#include "support/catch.hpp"
#include "support/isas.hpp"

TEST_CASE("every enabled instruction set has its operations on whole registers") {
    soma::test::for_each_isa([]<class Isa>() {
        using ops = soma::simd::arch::ops<Isa>;
        STATIC_REQUIRE(sizeof(typename ops::reg) == sizeof(float) * Isa::lanes);
        STATIC_REQUIRE(sizeof(typename ops::half) == 2 * Isa::lanes);
        STATIC_REQUIRE(sizeof(typename ops::pairs) == 4 * Isa::lanes);
    });
}
