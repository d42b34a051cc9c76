// SPDX-License-Identifier: MIT
#include <soma/perf/rounding_effect.hpp>

#include "support/catch.hpp"

using namespace soma;

TEST_CASE("subnormal FP16 numbers are as coarse as the smallest normal one",
          "[perf][rounding_effect]") {
    CHECK(perf::rounded_magnitude(format::f16, -0.5) == 0.5);
    CHECK(perf::rounded_magnitude(format::f16, 0x1p-20) == 0x1p-14);
    CHECK(perf::rounded_magnitude(format::f16, 0.0) == 0);
    CHECK(perf::rounded_magnitude(format::bf16, -0x1p-20) == 0x1p-20);
}

TEST_CASE("effects of either sign add up", "[perf][rounding_effect]") {
    perf::lanes sensitivity;
    sensitivity.at[0] = -2;
    sensitivity.at[7] = 3;
    perf::effect e;
    e.add(sensitivity, -5);
    e.add(sensitivity, 1);
    CHECK(e.squares.at[0] == 4 * 25 + 4);
    CHECK(e.magnitudes.at[0] == 2 * 5 + 2);
    CHECK(e.magnitudes.at[7] == 3 * 5 + 3);
    CHECK(e.squares.at[1] == 0);
    e.add(sensitivity, 10, 4);  // 10 and 4 are sums over several roundings
    CHECK(e.squares.at[0] == 104 + 4 * 10);
    CHECK(e.magnitudes.at[0] == 12 + 2 * 4);
}

TEST_CASE("lanes are zero only if all are", "[perf][rounding_effect]") {
    perf::lanes x;
    CHECK(x.is_zero());
    perf::lanes y;
    y.at[3] = -1;
    x.add(y, 0.5);
    CHECK_FALSE(x.is_zero());
    CHECK(x.at[3] == -0.5);
}
