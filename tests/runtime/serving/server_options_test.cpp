// SPDX-License-Identifier: MIT
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <soma/runtime/serving/server_options.hpp>

#include "support/catch.hpp"

using namespace soma;

namespace {

/// A variable of the environment, for as long as this lives.
struct with_variable {
    const char* name;
    with_variable(const char* n, const std::string& value) : name(n) {
        setenv(name, value.c_str(), 1);
    }
    ~with_variable() { unsetenv(name); }
    with_variable(const with_variable&) = delete;
    with_variable& operator=(const with_variable&) = delete;
};

/// The first core that this process may use.
int some_core() {
#if defined(__linux__)
    cpu_set_t set;
    CPU_ZERO(&set);
    REQUIRE(sched_getaffinity(0, sizeof(set), &set) == 0);
    for (std::size_t i = 0; i < CPU_SETSIZE; ++i) {
        if (CPU_ISSET(i, &set)) {
            return static_cast<int>(i);
        }
    }
#endif
    return 0;
}

}  // namespace

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

TEST_CASE("lists of cores are indices and inclusive ranges", "[runtime][serving]") {
    const auto cores = [](const char* list) { return detail::cores_in(list, "V"); };
    CHECK(cores("3") == std::vector{3});
    CHECK(cores("0-3") == std::vector{0, 1, 2, 3});
    CHECK(cores("4,0-1,1-2") == std::vector{0, 1, 2, 4});
    for (const char* wrong : {"", ",", "1,", "-1", "3-1", "1-", "a", "0-70000", "0-2000000000"}) {
        INFO(wrong);
        CHECK_THROWS_AS(cores(wrong), std::invalid_argument);
    }
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

#if defined(__linux__)
TEST_CASE("cores that this process may not use are none", "[runtime][serving]") {
    const with_variable set("SOMA_VISIBLE_CORES", "60000");
    CHECK_THROWS_AS(server_plan({}, 1), std::invalid_argument);
}
#endif
