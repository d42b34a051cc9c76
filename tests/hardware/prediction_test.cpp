// SPDX-License-Identifier: MIT
#include <set>
#include <soma/hardware/prediction.hpp>
#include <string_view>

#include "support/catch.hpp"

using namespace soma;

TEST_CASE("a stage needs room for weights, activations and what is on its way", "[prediction]") {
    stage_prediction stage;
    stage.weight_bytes = 100;
    stage.live_bytes = 20;
    stage.buffer_bytes = 3;
    CHECK(stage.needed_bytes() == 123);
}

TEST_CASE("a prediction fits unless it has a problem", "[prediction]") {
    prediction p;
    CHECK(p.fits());
    p.problem = misfit::cores;
    CHECK_FALSE(p.fits());
}

TEST_CASE("weight states are ordered from worst to best", "[prediction]") {
    CHECK(weight_state::does_not_fit < weight_state::streamed);
    CHECK(weight_state::streamed < weight_state::cached);
    CHECK(name(weight_state::cached) == "cached");
}

TEST_CASE("every stall has a name of its own", "[prediction]") {
    std::set<std::string_view> names;
    for (int k = 0; k < stall_count; ++k) {
        names.insert(name(static_cast<stall>(k)));
    }
    CHECK(names.size() == static_cast<std::size_t>(stall_count));
}

TEST_CASE("the largest stall is the first of equals", "[prediction]") {
    constexpr double seconds[stall_count] = {1, 3, 2, 3, 0, 0};
    static_assert(largest_stall(seconds) == stall::vector);
    constexpr double none[stall_count] = {};
    CHECK(largest_stall(none) == stall::compute);
}
