// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstddef>
#include <random>
#include <utility>
#include <vector>

#include <soma/runtime/serving/bucket_plan.hpp>

#include "support/catch.hpp"

using namespace soma;

namespace {

using runs = std::vector<std::pair<std::size_t, std::size_t>>;

template <std::size_t Largest>
runs runs_of(const std::vector<bucket>& buckets, std::size_t samples) {
    const auto cheapest = cheapest_buckets<Largest>(buckets);
    runs all;
    bucket_plan{buckets, cheapest}.for_each_run(
        samples, [&](std::size_t i, std::size_t now) { all.emplace_back(i, now); });
    return all;
}

/// The least price of `samples`, by trying everything.
double least(const std::vector<bucket>& buckets, std::size_t samples) {
    double best = samples == 0 ? 0.0 : 1e300;
    for (const bucket& b : buckets) {
        if (samples > 0) {
            best = std::min(best, b.ns + least(buckets, samples - std::min(samples, b.samples)));
        }
    }
    return best;
}

}  // namespace

TEST_CASE("samples run in the cheapest batches", "[runtime][serving]") {
    const std::vector<bucket> by_size{{1, 10}, {4, 30}, {8, 50}};
    CHECK(runs_of<8>(by_size, 5) == runs{{1, 4}, {0, 1}});
    CHECK(runs_of<8>(by_size, 3) == runs{{1, 3}});  // three times one costs as much
    CHECK(runs_of<8>(by_size, 2) == runs{{0, 1}, {0, 1}});
    CHECK(runs_of<8>(by_size, 6) == runs{{2, 6}});
    CHECK(runs_of<8>(by_size, 8) == runs{{2, 8}});
    CHECK(runs_of<8>(by_size, 0).empty());
    const std::vector<bucket> flat{{1, 10}, {4, 11}, {8, 12}};
    CHECK(runs_of<8>(flat, 5) == runs{{2, 5}});
    CHECK(runs_of<8>(flat, 1) == runs{{0, 1}});
    const std::vector<bucket> pointless{{1, 10}, {8, 1000}};
    CHECK(runs_of<8>(pointless, 8).size() == 8);
}

TEST_CASE("one bucket needs no table", "[runtime][serving]") {
    runs all;
    bucket_plan{}.for_each_run(7,
                               [&](std::size_t i, std::size_t now) { all.emplace_back(i, now); });
    CHECK(all == runs{{0, 7}});
    all.clear();
    const std::vector<bucket> four{{4, 1.0}};
    bucket_plan{four, {}}.for_each_run(
        10, [&](std::size_t i, std::size_t now) { all.emplace_back(i, now); });
    CHECK(all == runs{{0, 4}, {0, 4}, {0, 2}});
}

TEST_CASE("no other sequence of batches is cheaper", "[runtime][serving]") {
    std::mt19937 random(3);
    for (int round = 0; round < 200; ++round) {
        std::vector<bucket> buckets{{1, static_cast<double>(1 + random() % 50)}};
        for (const std::size_t size : {3U, 5U, 12U}) {
            buckets.push_back({size, static_cast<double>(1 + random() % 200)});
        }
        const auto cheapest = cheapest_buckets<12>(buckets);
        for (std::size_t n = 1; n <= 12; ++n) {
            double price = 0;
            std::size_t seen = 0;
            bucket_plan{buckets, cheapest}.for_each_run(n, [&](std::size_t i, std::size_t now) {
                price += buckets[i].ns;
                seen += now;
                CHECK(now <= buckets[i].samples);
            });
            CHECK(seen == n);
            CHECK(price == least(buckets, n));
        }
    }
}
