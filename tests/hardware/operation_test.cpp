// SPDX-License-Identifier: MIT
#include <soma/hardware/operation.hpp>

#include "support/catch.hpp"

using namespace soma;

TEST_CASE("a product counts one multiply-accumulate for each tap, row and column", "[operation]") {
    // The stem of a ResNet: 112 x 112 pixels, 7 x 7 x 3 taps, 64 channels.
    constexpr matrix_product stem{
        .count = 1, .rows = 112 * 112, .depth = 3, .taps = 49, .columns = 64};
    static_assert(stem.macs() == 118'013'952);
    static_assert(matrix_product{}.macs() == 0);
}

TEST_CASE("a list is read by number", "[operation]") {
    operation all[2];
    all[1].kind = op::add;
    const operation_list list{all, 2};
    CHECK(list[1].kind == op::add);
}
