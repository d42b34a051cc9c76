// SPDX-License-Identifier: MIT
#include <soma/runtime/threads/affinity.hpp>

#include <algorithm>
#include <functional>
#include <span>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using namespace soma;

TEST_CASE("the allowed processors are at least one, in rising order", "[runtime][threads]") {
    const std::vector<int> processors = allowed_cores();
    REQUIRE(!processors.empty());
    CHECK(processors.front() >= 0);
    CHECK(std::adjacent_find(processors.begin(), processors.end(), std::greater_equal<>())
          == processors.end());
}

TEST_CASE("a pinned thread may run on its processor alone", "[runtime][threads]") {
    const std::vector<int> before = allowed_cores();
    std::vector<int> inside;
    bool pinned = false;
    std::thread([&] {
        pinned = keep_thread_to(std::span(before).last(1));
        inside = allowed_cores();
    }).join();
#if defined(__linux__)
    REQUIRE(pinned);
    CHECK(inside == std::vector<int>{before.back()});
#endif
    CHECK(allowed_cores() == before);
}
