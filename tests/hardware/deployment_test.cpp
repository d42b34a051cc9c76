// SPDX-License-Identifier: MIT
#include <soma/hardware/deployment.hpp>

#include "support/catch.hpp"

using namespace soma;

TEST_CASE("a deployment takes the cores of all stages of all copies", "[deployment]") {
    constexpr deployment four_by_three{.pipeline_cores = 3, .copies = 4};
    static_assert(four_by_three.cores() == 12);
    static_assert(deployment{}.cores() == 1);
}

TEST_CASE("a worker for each stage keeps a pipeline busy", "[deployment]") {
    static_assert(default_workers(1) == 1);
    static_assert(default_workers(16) == 16);
}
