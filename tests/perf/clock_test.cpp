// SPDX-License-Identifier: MIT
#include <soma/perf/clock.hpp>

#include <chrono>
#include <type_traits>

#include "support/catch.hpp"

using namespace soma::perf;

// Points of different clocks must not be subtracted from each other.
template <class Start, class Stop>
concept comparable = requires(Start start, Stop stop) { seconds_between(start, stop); };
static_assert(comparable<thread_cpu_clock::time_point, thread_cpu_clock::time_point>);
static_assert(!comparable<thread_cpu_clock::time_point, wall_clock::time_point>);
static_assert(wall_clock::is_steady && !thread_cpu_clock::is_steady);

TEMPLATE_TEST_CASE("a clock never runs backwards",
                   "[perf][clock]",
                   thread_cpu_clock,
                   process_cpu_clock,
                   wall_clock) {
    auto last = TestType::now();
    bool monotonic = true;
    for (int i = 0; i < 10000; ++i) {
        const auto now = TestType::now();
        monotonic = monotonic && now >= last;
        last = now;
    }
    CHECK(monotonic);
}

TEMPLATE_TEST_CASE("a clock advances while this thread works",
                   "[perf][clock]",
                   thread_cpu_clock,
                   process_cpu_clock,
                   wall_clock) {
    const auto start = TestType::now();
    while (TestType::now() == start) {
    }
    CHECK(seconds_between(start, TestType::now()) > 0.0);
}

TEST_CASE("seconds between two points are their difference", "[perf][clock]") {
    using std::chrono::milliseconds;
    const wall_clock::time_point start{milliseconds{500}};
    CHECK(seconds_between(start, start + milliseconds{250}) == 0.25);
    CHECK(seconds_between(start + milliseconds{250}, start) == -0.25);
}

TEST_CASE("the process has used at least the time of its thread", "[perf][clock]") {
    int runs = 0;
    const double process = seconds_of<process_cpu_clock>([&] {
        const double thread = seconds_of([&] { ++runs; });
        CHECK(thread >= 0.0);
    });
    CHECK(process >= 0.0);
    CHECK(runs == 1);
}
