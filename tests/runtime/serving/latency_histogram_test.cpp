// SPDX-License-Identifier: MIT
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include <soma/runtime/serving/latency_histogram.hpp>

#include "support/catch.hpp"

using namespace soma;
using std::chrono::nanoseconds;

TEST_CASE("an empty histogram has no times", "[runtime][serving]") {
    const latency_histogram times;
    CHECK(times.count() == 0);
    CHECK(times.percentile(0.5) == nanoseconds(0));
    CHECK(times.highest() == nanoseconds(0));
}

TEST_CASE("percentiles are those of the sorted times, at most 1/16 too high",
          "[runtime][serving]") {
    std::mt19937 random(5);
    latency_histogram times;
    std::vector<std::int64_t> sorted;
    for (int i = 0; i < 5000; ++i) {
        const double exponent = static_cast<double>(random() % 10000) / 10000 * 40;
        sorted.push_back(static_cast<std::int64_t>(std::exp2(exponent)) - 1);
        times.record(nanoseconds(sorted.back()));
    }
    std::sort(sorted.begin(), sorted.end());
    CHECK(times.count() == sorted.size());
    for (const double p : {0.0002, 0.01, 0.5, 0.9, 0.99, 0.999, 1.0}) {
        const auto rank = static_cast<std::size_t>(std::ceil(p * 5000.0 - 1e-6));
        const double want = static_cast<double>(sorted[rank - 1]);
        const auto got = static_cast<double>(times.percentile(p).count());
        INFO("p " << p << ", want " << want << ", got " << got);
        CHECK(got >= want);
        CHECK(got <= want * 17 / 16);
    }
    CHECK(times.percentile(1.0) == times.highest());
    CHECK(times.highest() == nanoseconds(sorted.back()));
}

TEST_CASE("a histogram takes any time", "[runtime][serving]") {
    latency_histogram times;
    times.record(nanoseconds::min());
    times.record(nanoseconds::max());
    CHECK(times.count() == 2);
    CHECK(times.percentile(0.5) == nanoseconds(0));
    CHECK(times.percentile(1.0) == nanoseconds::max());
}
