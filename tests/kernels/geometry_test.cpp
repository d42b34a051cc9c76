// SPDX-License-Identifier: MIT
#include <soma/kernels/geometry.hpp>

#include "support/catch.hpp"

using namespace soma;
using namespace soma::kernels;

static_assert(pitch_of(3, format::f32) == 3);
static_assert(pitch_of(3, format::f16) == 3);
static_assert(pitch_of(3, format::bf16) == 4);
static_assert(pitch_of(4, format::bf16) == 4);

TEST_CASE("a linear layer is a convolution of single pixels") {
    constexpr conv_geometry g = linear_geometry(5, 7, 3, format::bf16, format::f32);
    STATIC_REQUIRE(g.macs() == 5 * 7 * 3);
    STATIC_REQUIRE(g.pixels() == 5);
    STATIC_REQUIRE(g.taps() == 1);
    STATIC_REQUIRE(g.in_pitch == 8);
    STATIC_REQUIRE(g.out_pitch == 3);
}

TEST_CASE("only one channel in and out of each group is depthwise") {
    conv_geometry g;
    CHECK_FALSE(g.depthwise());
    g.groups = g.in_c = 4;
    g.out_c = 8;
    CHECK_FALSE(g.depthwise());
    CHECK(g.group_in() == 1);
    CHECK(g.group_out() == 2);
    g.out_c = 4;
    CHECK(g.depthwise());
}

TEST_CASE("multiplications are counted in 64 bits") {
    conv_geometry g;
    g.batch = 64;
    g.in_c = g.out_c = 2048;
    g.out_h = g.out_w = 32;
    CHECK(g.macs() == std::int64_t{64} * 2048 * 2048 * 1024);
}
