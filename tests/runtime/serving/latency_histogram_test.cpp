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
    CHECK(times.sum() == nanoseconds(0));
    CHECK(times.count_up_to(nanoseconds::max()) == 0);
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
    CHECK(times.sum() == nanoseconds::max());
    times.record(nanoseconds(1));
    CHECK(times.sum() == nanoseconds::max());
    CHECK(times.count_up_to(nanoseconds(0)) == 1);
    CHECK(times.count_up_to(nanoseconds(1)) == 2);
}

TEST_CASE("times up to the end of a class are counted exactly", "[runtime][serving]") {
    std::mt19937 random(6);
    latency_histogram times;
    std::vector<nanoseconds> all;
    nanoseconds sum(0);
    for (int i = 0; i < 5000; ++i) {
        const double exponent = static_cast<double>(random() % 10000) / 10000 * 40;
        all.emplace_back(static_cast<std::int64_t>(std::exp2(exponent)) - 1);
        times.record(all.back());
        sum += all.back();
    }
    CHECK(times.sum() == sum);
    for (std::int64_t ns = 0; ns < std::int64_t{1} << 41; ns += 1 + ns / 20) {
        const nanoseconds end = latency_histogram::class_end(nanoseconds(ns));
        const auto up_to = [&](nanoseconds bound) {
            return static_cast<std::uint64_t>(std::count_if(
                all.begin(), all.end(), [&](nanoseconds time) { return time <= bound; }));
        };
        INFO("class of " << ns << " ns, which ends at " << end.count());
        REQUIRE(end.count() >= ns);
        REQUIRE(end.count() <= ns + ns / 16);
        REQUIRE(latency_histogram::class_end(end) == end);
        REQUIRE(latency_histogram::class_end(end + nanoseconds(1)) > end);
        REQUIRE(times.count_up_to(end) == up_to(end));
        // Between two ends: the classes that are over.
        REQUIRE(times.count_up_to(nanoseconds(ns)) <= up_to(nanoseconds(ns)));
    }
    CHECK(times.count_up_to(nanoseconds(-1)) == 0);
    CHECK(times.count_up_to(nanoseconds::max()) == times.count());
}

TEST_CASE("the ends of classes are constants", "[runtime][serving]") {
    STATIC_REQUIRE(latency_histogram::class_end(nanoseconds(-5)) == nanoseconds(0));
    STATIC_REQUIRE(latency_histogram::class_end(nanoseconds(15)) == nanoseconds(15));
    STATIC_REQUIRE(latency_histogram::class_end(nanoseconds(1024)) == nanoseconds(1087));
    STATIC_REQUIRE(latency_histogram::class_end(nanoseconds::max()) == nanoseconds::max());
}
