// SPDX-License-Identifier: MIT
#include <soma/perf/rank_correlation.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "support/catch.hpp"

using namespace soma::perf;

TEST_CASE("the smallest value has rank 1", "[perf][rank_correlation]") {
    CHECK(ranks(std::array{30.0, -1.0, 7.5}) == std::vector{3.0, 1.0, 2.0});
    CHECK(ranks(std::vector<double>{}).empty());
}

TEST_CASE("equal values share the mean of their ranks", "[perf][rank_correlation]") {
    CHECK(ranks(std::array{2.0, 1.0, 2.0, 3.0}) == std::vector{2.5, 1.0, 2.5, 4.0});
    CHECK(ranks(std::array{5.0, 5.0, 5.0}) == std::vector{2.0, 2.0, 2.0});
    CHECK(ranks(std::array{0.0, 9.0, -0.0, 9.0, 9.0}) == std::vector{1.5, 4.0, 1.5, 4.0, 4.0});
}

TEST_CASE("the same order correlates fully, the opposite one with -1", "[perf][rank_correlation]") {
    const std::array x{1.0, 2.0, 3.0, 4.0};
    CHECK(rank_correlation(x, std::array{-5.0, 0.0, 1e-9, 1e9}) == 1.0);
    CHECK(rank_correlation(x, std::array{9.0, 3.0, 2.0, -1.0}) == -1.0);
    const double infinity = std::numeric_limits<double>::infinity();
    CHECK(rank_correlation(x, std::array{-infinity, 0.0, 1.0, infinity}) == 1.0);
}

TEST_CASE("coefficients worked out by hand", "[perf][rank_correlation]") {
    const auto is = [](double got, double expected) { return std::abs(got - expected) < 1e-14; };
    // Without ties: 1 - 6 sum(d^2) / (n (n^2 - 1)). Here d = 1, 1, 0, 0, 0.
    CHECK(is(rank_correlation(std::array{1.0, 2.0, 3.0, 4.0, 5.0},
                              std::array{20.0, 10.0, 30.0, 40.0, 50.0}),
             1 - 12 / 120.0));
    // One value too large for its place, of ten: d = 4 there, 1 for the four after it.
    CHECK(is(rank_correlation(std::array{1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0},
                              std::array{5.0, 5.1, 5.2, 5.3, 5.4, 6.0, 5.5, 5.6, 5.7, 5.8}),
             1 - 6 * 20 / 990.0));
    // With a tie the ranks are 1, 2.5, 2.5, 4 and 1, 2, 3, 4.
    CHECK(is(rank_correlation(std::array{1.0, 2.0, 2.0, 3.0}, std::array{1.0, 2.0, 3.0, 4.0}),
             4.5 / std::sqrt(4.5 * 5)));
}

TEST_CASE("without an order there is no coefficient", "[perf][rank_correlation]") {
    CHECK(std::isnan(rank_correlation(std::vector<double>{}, std::vector<double>{})));
    CHECK(std::isnan(rank_correlation(std::array{1.0}, std::array{2.0})));
    CHECK(std::isnan(rank_correlation(std::array{1.0, 2.0}, std::array{3.0, 3.0})));
}
