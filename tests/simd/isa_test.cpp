// SPDX-License-Identifier: MIT
#include <soma/simd/isa.hpp>

#include "support/catch.hpp"
#include "support/isas.hpp"

using namespace soma::simd;

static_assert(enabled<isa::baseline>);
static_assert(enabled<native>);
static_assert(!instruction_set<int>);

TEST_CASE("the native instruction set is the last of the enabled ones") {
    std::string_view last;
    int lanes = 0;
    soma::test::for_each_isa([&]<class Isa>() {
        STATIC_REQUIRE(enabled<Isa>);
        CHECK(Isa::lanes >= lanes);
        lanes = Isa::lanes;
        last = Isa::name;
    });
    CHECK(last == native::name);
}
