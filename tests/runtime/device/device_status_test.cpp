// SPDX-License-Identifier: MIT
#include <soma/runtime/device/device_status.hpp>

#include <chrono>

#include "support/catch.hpp"

using namespace soma;
using namespace std::chrono_literals;

TEST_CASE("memory adds up by category", "[runtime][device]") {
    memory_status all{.weights = 1, .activations = 20, .requests = 300, .timeline = 4000};
    CHECK(all.total() == 4321);
    all += {.weights = 1, .activations = 2, .requests = 3, .timeline = 4};
    CHECK(all.weights == 2);
    CHECK(all.activations == 22);
    CHECK(all.requests == 303);
    CHECK(all.timeline == 4004);
}

TEST_CASE("utilisation is a share of the time between two snapshots", "[runtime][device]") {
    const core_status before{.busy = 2s};
    CHECK(utilisation(before, {.busy = 3s}, 4s) == 0.25);
    CHECK(utilisation(before, before, 4s) == 0.0);
    // Busy time is read a little after the clock.
    CHECK(utilisation(before, {.busy = 7s}, 4s) == 1.0);
    CHECK(utilisation(before, {.busy = 3s}, 0s) == 0.0);
}
