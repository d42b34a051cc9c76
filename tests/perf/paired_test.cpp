// SPDX-License-Identifier: MIT
#include <soma/perf/paired.hpp>

#include <cmath>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace soma::perf;

namespace {

/// A clock that only the work itself advances: results are then exact.
struct fake_machine {
    double now = 0.0;
    std::string order;

    candidate work(char name, double seconds) {
        return {std::string(1, name),
                [this, name, seconds] {
                    now += seconds;
                    if (order.empty() || order.back() != name) {
                        order += name;
                    }
                },
                [this] { return now; }};
    }
};

/// Equal up to the rounding of a few thousand additions of equal terms.
bool nearly(double a, double b) {
    return std::abs(a - b) <= 4096.0 * 0x1p-53 * std::abs(b);
}

}  // namespace

TEST_CASE("paired results are the work's own rates and ratios", "[perf][paired]") {
    fake_machine machine;
    const std::vector<candidate> candidates = {machine.work('a', 0.25), machine.work('b', 0.5)};
    const auto results = measure_paired(candidates, 100.0, [] { return 1000.0; },
                                        {.repetitions = 5, .seconds = 10.0});
    REQUIRE(results.size() == 2);
    CHECK(nearly(results[0].seconds, 0.25));
    CHECK(nearly(results[0].rate, 400.0));
    CHECK(nearly(results[0].part_of_peak, 0.4));
    CHECK(nearly(results[0].low, 0.4));
    CHECK(nearly(results[0].high, 0.4));
    CHECK(results[0].against_first == 1.0);
    CHECK(nearly(results[1].rate, 200.0));
    CHECK(nearly(results[1].against_first, 2.0));
}

TEST_CASE("each stretch is related to the peaks around it", "[perf][paired]") {
    fake_machine machine;
    const std::vector<candidate> candidates = {machine.work('a', 1.0)};
    double next = 0.0;
    // 50, 150, 50, 150, ...: every pair has the mean 100.
    const auto peak = [&] { return next = next == 50.0 ? 150.0 : 50.0; };
    const auto results = measure_paired(candidates, 80.0, peak, {.repetitions = 4, .seconds = 4.0});
    CHECK(nearly(results[0].low, 0.8));
    CHECK(nearly(results[0].high, 0.8));
}

TEST_CASE("candidates take turns, in reversed order every other time", "[perf][paired]") {
    fake_machine machine;
    const std::vector<candidate> candidates = {machine.work('a', 1.0), machine.work('b', 1.0)};
    (void)measure_paired(candidates, 1.0,
                         [&] {
                             machine.order += '|';
                             return 1.0;
                         },
                         {.repetitions = 3, .seconds = 6.0});
    // Before the first bar: one trial of each, to find out how many runs a stretch takes.
    CHECK(machine.order == "ab|a|b||b|a||a|b|");
}

TEST_CASE("work far shorter than a stretch is repeated until it fills one", "[perf][paired]") {
    fake_machine machine;
    int runs = 0;
    candidate quick = machine.work('a', 0x1p-20);
    quick.run = [&, inner = quick.run] {
        ++runs;
        inner();
    };
    (void)measure_paired(std::vector<candidate>{quick}, 1.0, [] { return 1.0; },
                         {.repetitions = 1, .seconds = 0x1p-10, .shortest = 0x1p-10});
    CHECK(runs >= 1024);
    CHECK(runs < 2 * 1024);
}
