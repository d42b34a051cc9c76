// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// One model on several cores, with every batch and several copies: the bits must be those of one
/// core.

#include "support/schedules.hpp"

namespace soma::test {

/// A grain this small cuts every node that can be cut.
template <int Cores>
using finely_split = tensor_parallel<Cores, 1>;

template <precision_policy Precision>
void same_bits_on_several_cores() {
    const std::vector<float> in = inputs<small_net>(11);
    const auto want = results<program<small_net, Precision>>(in);
    REQUIRE(want.size() == 11 * 9);
    const auto check = [&]<class Schedule>(std::type_identity<Schedule>) {
        same_bits<program<small_net, Precision, Schedule>>(in, want);
    };
    check(std::type_identity<finely_split<1>>{});
    check(std::type_identity<finely_split<2>>{});
    check(std::type_identity<finely_split<3>>{});
    check(std::type_identity<tensor_parallel<2>>{});
    check(std::type_identity<schedule<finely_split<2>, batch<3>>>{});
    check(std::type_identity<schedule<batch<4>, finely_split<3>>>{});
    check(std::type_identity<schedule<replicate<2>, finely_split<2>>>{});
    check(std::type_identity<schedule<finely_split<3>, batch<2>, replicate<2>>>{});
    check(std::type_identity<schedule<finely_split<1>, batch<2>, replicate<3>>>{});
}

}  // namespace soma::test
