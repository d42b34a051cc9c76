// SPDX-License-Identifier: MIT
#include <soma/hardware/formulas.hpp>

#include "support/catch.hpp"

using namespace soma;

// The table of the page on batching: BERT-Large with 128 tokens, ResNet-50; 16-bit parameters.
static_assert(optimal_batch(64e12, 50e9, 77.3e9, 302e6, 2) == 6, "BERT-Large on Inferentia");
static_assert(optimal_batch(210e12, 820e9, 77.3e9, 302e6, 2) == 2, "BERT-Large on Trainium");
static_assert(optimal_batch(64e12, 50e9, 7.8e9, 25e6, 2) == 5, "ResNet-50 on Inferentia");
static_assert(optimal_batch(210e12, 820e9, 7.8e9, 25e6, 2) == 1, "ResNet-50 on Trainium");
// Its first row is on an edge: binary gigabytes give 5.
static_assert(optimal_batch(64e12, 50.0 * (1 << 30), 77.3e9, 302e6, 2) == 5);
static_assert(optimal_batch(64e12, 50e9, 77.3e9, 302e6, 4) == 11, "twice the bytes");
static_assert(optimal_batch(1e12, 50e9, 1e12, 1, 2) == 1, "never less than one");
static_assert(optimal_batch(8, 1, 1, 1, 1) == 4, "what needs no rounding is not rounded");

// The page on pipelines: ResNet-50 on 4 cores.
static_assert(suggested_pipeline_cores(25'557'032) == 4);
static_assert(suggested_pipeline_cores(109'482'240) == 20
                  && suggested_pipeline_cores(110'000'000) == 24,
              "BERT-base is on an edge");
static_assert(suggested_pipeline_cores(340'000'000) == 68, "more than an instance has");
static_assert(suggested_pipeline_cores(9'999'999) == 1 && suggested_pipeline_cores(0) == 1);
static_assert(suggested_pipeline_cores(10'000'000) == 4);

static_assert(bucket_count(110'000'000) == 9 && bucket_count(340'000'000) == 3);
static_assert(bucket_count(3'000'000'000) == 1, "one model is there in any case");

static_assert(default_in_flight(1) == 4 && default_in_flight(16) == 19);
static_assert(neuronperf_workers(1) == 2 && neuronperf_workers(2) == 1
              && neuronperf_workers(16) == 15);

TEST_CASE("cost of a million samples is the time they take at the hourly price", "[hardware]") {
    const auto near = [](double a, double b) { return a > b * 0.999999 && a < b * 1.000001; };
    // One sample per second: a million seconds are 277.8 hours.
    CHECK(near(cost_per_million(1, 3.6), 1000));
    CHECK(near(cost_per_million(1e6 / 3600, 0.228), 0.228));
    CHECK(near(cost_per_million(2000, 0.228), 0.228 / 7.2));
}
