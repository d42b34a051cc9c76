// SPDX-License-Identifier: MIT
#include <soma/kernels/kernel_table.hpp>

#include "support/catch.hpp"

using namespace soma::kernels;
using isa = soma::simd::isa::baseline;

TEST_CASE("a table holds the kernels of its set and no others") {
    constexpr tile_set set = [] {
        tile_set result;
        result.insert(2, 1);
        result.insert_depthwise(1);
        return result;
    }();
    constexpr auto table = make_kernel_table<isa, float, float, set>();
    CHECK(table.dense[1][2] == &micro_kernel<isa, float, float, 2, 1>);
    CHECK(table.dense[1][1] == nullptr);
    CHECK(table.dense[2][2] == nullptr);
    CHECK(table.depthwise[1] == &depthwise_kernel<isa, float, float, 1>);
    CHECK(table.depthwise[2] == nullptr);
}
