// SPDX-License-Identifier: MIT
#include <soma/perf/statistics.hpp>

#include <array>
#include <limits>
#include <vector>

#include "support/catch.hpp"

using namespace soma::perf;

TEST_CASE("a percentile interpolates linearly between ranks", "[perf][statistics]") {
    const std::array<double, 5> sample = {30.0, 10.0, 50.0, 20.0, 40.0};
    CHECK(percentile(sample, 0.0) == 10.0);
    CHECK(percentile(sample, 25.0) == 20.0);
    CHECK(percentile(sample, 50.0) == 30.0);
    CHECK(percentile(sample, 62.5) == 35.0);
    CHECK(percentile(sample, 100.0) == 50.0);
}

TEST_CASE("a percentile leaves its sample as it was", "[perf][statistics]") {
    const std::vector<double> sample = {3.0, 1.0, 2.0};
    CHECK(percentile(sample, 50.0) == 2.0);
    CHECK(sample == std::vector<double>{3.0, 1.0, 2.0});
}

TEST_CASE("every percentile of one value is that value", "[perf][statistics]") {
    const std::array<double, 1> sample = {7.0};
    for (const double percent : {0.0, 33.0, 50.0, 99.0, 100.0}) {
        CHECK(percentile(sample, percent) == 7.0);
    }
}

TEST_CASE("percentiles do not decrease and stay inside the sample", "[perf][statistics]") {
    const std::array<double, 7> sample = {5.5, -1.0, 2.25, 2.25, 9.0, 0.0, 1e-3};
    double last = -1.0;
    for (int percent = 0; percent <= 100; ++percent) {
        const double value = percentile(sample, percent);
        CHECK(value >= last);
        CHECK(value <= 9.0);
        last = value;
    }
}

TEST_CASE("an infinite value stays out of the percentiles below it", "[perf][statistics]") {
    const double infinity = std::numeric_limits<double>::infinity();
    const std::array<double, 3> sample = {1.0, infinity, 2.0};
    CHECK(percentile(sample, 50.0) == 2.0);
    CHECK(percentile(sample, 100.0) == infinity);
}

TEST_CASE("the median of an even number is the mean of the middle two", "[perf][statistics]") {
    CHECK(median(std::array<double, 4>{4.0, 1.0, 3.0, 2.0}) == 2.5);
    CHECK(median(std::array<double, 3>{9.0, 1.0, 5.0}) == 5.0);
}

TEST_CASE("a mean weighs values by their weights", "[perf][statistics]") {
    const std::array<double, 3> sample = {1.0, 2.0, 6.0};
    CHECK(mean(sample) == 3.0);
    CHECK(weighted_mean(sample, std::array<double, 3>{1.0, 1.0, 1.0}) == 3.0);
    CHECK(weighted_mean(sample, std::array<double, 3>{0.0, 3.0, 1.0}) == 3.0);
    CHECK(weighted_mean(sample, std::array<double, 3>{0.0, 0.0, 2.0}) == 6.0);
}

TEST_CASE("a summary holds what the single functions say", "[perf][statistics]") {
    const std::array<double, 6> sample = {6.0, 1.0, 5.0, 2.0, 4.0, 3.0};
    const summary all = summarize(sample);
    CHECK(all.count == 6);
    CHECK(all.min == 1.0);
    CHECK(all.max == 6.0);
    CHECK(all.mean == mean(sample));
    CHECK(all.p50 == percentile(sample, 50.0));
    CHECK(all.p90 == percentile(sample, 90.0));
    CHECK(all.p95 == percentile(sample, 95.0));
    CHECK(all.p99 == percentile(sample, 99.0));
}
