// SPDX-License-Identifier: MIT
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <soma/runtime/threads/visible_cores.hpp>

#include "support/catch.hpp"
#include "support/environment.hpp"

using namespace soma;
using test::some_core;
using test::with_variable;

TEST_CASE("lists of cores are indices and inclusive ranges", "[runtime]") {
    const auto cores = [](const char* list) { return detail::cores_in(list, "V"); };
    CHECK(cores("3") == std::vector{3});
    CHECK(cores("0-3") == std::vector{0, 1, 2, 3});
    CHECK(cores("4,0-1,1-2") == std::vector{0, 1, 2, 4});
    for (const char* wrong : {"", ",", "1,", "-1", "3-1", "1-", "a", "0-70000", "0-2000000000"}) {
        INFO(wrong);
        CHECK_THROWS_AS(cores(wrong), std::invalid_argument);
    }
}

TEST_CASE("without the variable all cores are visible", "[runtime]") {
    const core_set set = visible_cores();
    CHECK(set.cores.empty());
    CHECK(set.count == available_cores());
}

TEST_CASE("SOMA_VISIBLE_CORES chooses, and a thread keeps to its cores", "[runtime]") {
    const int core = some_core();
    const with_variable set("SOMA_VISIBLE_CORES", std::to_string(core));
    CHECK(visible_cores().cores == std::vector{core});
    CHECK(visible_cores().count == 1);
    int few = 0, all = 0;
    std::thread([&] {
        keep_thread_to({});
        all = available_cores();
        keep_thread_to(visible_cores().cores);
        few = available_cores();
    }).join();
    CHECK(few == 1);
    CHECK(all == available_cores());
}

#if defined(__linux__)
TEST_CASE("cores that this process may not use are none", "[runtime]") {
    const with_variable set("SOMA_VISIBLE_CORES", "60000");
    CHECK_THROWS_AS(visible_cores(), std::invalid_argument);
}
#endif
