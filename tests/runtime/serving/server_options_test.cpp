// SPDX-License-Identifier: MIT
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <soma/runtime/serving/server_options.hpp>

#include "support/catch.hpp"
#include "support/environment.hpp"

using namespace soma;
using test::some_core;
using test::with_variable;

TEST_CASE("zeros stand for defaults that fit the machine", "[runtime][serving]") {
    const int cores = available_cores();
    const server_plan plan({}, 1);
    CHECK(plan.options.workers == cores);
    CHECK(plan.options.in_flight == cores + 3);
    CHECK(plan.options.handles == cores + 3 + 256);
    CHECK(plan.cores.empty());
    CHECK(server_plan({}, cores).options.workers == 1);
    CHECK(server_plan({}, cores + 1).options.workers == 1);
}

TEST_CASE("cores that no worker needs are to spare", "[runtime][serving]") {
    const int cores = available_cores();
    if (cores == 1) {
        CHECK(server_plan({}, 1).spare < 0);
        return;
    }
    CHECK(server_plan({}, 1).spare == 0);
    CHECK(server_plan({.workers = 1}, 1).spare == cores - 1);
    CHECK(server_plan({.workers = 2}, cores).spare < 0);  // threads outnumber cores
    const with_variable set("SOMA_VISIBLE_CORES", std::to_string(some_core()));
    CHECK(server_plan({}, 1).spare == cores - 1);  // those that are not the workers'
}

TEST_CASE("what a program sets is kept", "[runtime][serving]") {
    const server_plan plan({.workers = 7, .in_flight = 11, .handles = 3}, 2);
    CHECK(plan.options.workers == 7);
    CHECK(plan.options.in_flight == 11);
    CHECK(plan.options.handles == 11);
    CHECK_THROWS_AS(server_plan({.workers = -1}, 1), std::invalid_argument);
    CHECK_THROWS_AS(server_plan({.in_flight = -1}, 1), std::invalid_argument);
    CHECK_THROWS_AS(server_plan({.handles = -1}, 1), std::invalid_argument);
}

TEST_CASE("SOMA_MAX_INFLIGHT wins over the program", "[runtime][serving]") {
    {
        const with_variable set("SOMA_MAX_INFLIGHT", "9");
        CHECK(server_plan({}, 1).options.in_flight == 9);
        CHECK(server_plan({.in_flight = 4}, 1).options.in_flight == 9);
    }
    for (const char* wrong : {"0", "-2", "many", "4x", " 4", "99999999999"}) {
        const with_variable set("SOMA_MAX_INFLIGHT", wrong);
        CHECK_THROWS_AS(server_plan({}, 1), std::invalid_argument);
    }
    const with_variable empty("SOMA_MAX_INFLIGHT", "");
    CHECK(server_plan({.in_flight = 4}, 1).options.in_flight == 4);
}

TEST_CASE("SOMA_VISIBLE_CORES limits and places the workers", "[runtime][serving]") {
    const int core = some_core();
    const with_variable set("SOMA_VISIBLE_CORES", std::to_string(core));
    const server_plan plan({}, 1);
    CHECK(plan.cores == std::vector{core});
    CHECK(plan.options.workers == 1);
    CHECK(plan.options.in_flight == 4);
    int seen = 0;
    std::thread([&] {
        plan.settle_thread();
        seen = available_cores();
    }).join();
    CHECK(seen == 1);
}

TEST_CASE("a plan may be for some of the cores", "[runtime][serving]") {
    const server_plan plan({}, 2, {{some_core()}, 6});
    CHECK(plan.cores == std::vector{some_core()});
    CHECK(plan.options.workers == 3);
    CHECK(plan.options.in_flight == 9);
}
