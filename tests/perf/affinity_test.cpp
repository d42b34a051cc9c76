// SPDX-License-Identifier: MIT
#include <soma/perf/affinity.hpp>

#include <algorithm>
#include <functional>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using namespace soma::perf;

TEST_CASE("the allowed processors are at least one, in rising order", "[perf][affinity]") {
    const std::vector<int> processors = allowed_processors();
    REQUIRE(!processors.empty());
    CHECK(processors.front() >= 0);
    CHECK(std::adjacent_find(processors.begin(), processors.end(), std::greater_equal<>())
          == processors.end());
}

TEST_CASE("a pinned thread may run on its processor alone", "[perf][affinity]") {
    const std::vector<int> before = allowed_processors();
    std::vector<int> inside;
    bool pinned = false;
    std::thread([&] {
        pinned = pin_this_thread(before.back());
        inside = allowed_processors();
    }).join();
#if defined(__linux__)
    REQUIRE(pinned);
    CHECK(inside == std::vector<int>{before.back()});
#endif
    CHECK(allowed_processors() == before);
}
