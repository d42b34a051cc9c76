// SPDX-License-Identifier: MIT
#include <soma/simd/compat.hpp>

#include "support/catch.hpp"

SOMA_INTRINSICS_BEGIN
namespace {
constexpr int between_the_marks = 1;
}
SOMA_INTRINSICS_END

TEST_CASE("the marks around intrinsics declare nothing") {
    STATIC_REQUIRE(between_the_marks == 1);
}
