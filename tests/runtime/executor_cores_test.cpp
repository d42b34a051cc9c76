// SPDX-License-Identifier: MIT
//
// Several cores on one request: every kind of node in parts, many runs, more threads than cores.

#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/core_schedules.hpp"
#include "support/models.hpp"

using namespace soma;
using test::finely_split;
using test::small_net;

namespace {

/// Samples of `Model` under `Precision` whose bits depend on `Schedule`.
template <class Model, class Precision, class Schedule>
std::size_t differing_samples(std::size_t count) {
    const auto in = test::inputs<Model>(count);
    return test::differing(test::results<program<Model, Precision, Schedule>>(in),
                           test::results<program<Model, Precision>>(in));
}

/// Outputs that are no vector: pixels are exported in parts.
struct image_to_image : model<input<float, 5, 13, 9>,
                              layers::conv2d<"a", 7, 3, padding<1>>,
                              layers::sigmoid,
                              layers::average_pool<2, stride<1>>,
                              layers::conv2d<"b", 3, 1>,
                              layers::softmax> {};

/// More than one group of channels in the pool, on a pitch with a pad lane in BF16.
struct wide_pool : model<input<float, 3, 6, 6>,
                         layers::conv2d<"a", 201, 3>,
                         layers::global_average_pool,
                         layers::linear<"fc", 77>> {};

}  // namespace

TEMPLATE_TEST_CASE("every kind of node gives the same bits in parts",
                   "[runtime][executor]",
                   fp32,
                   bf16,
                   matmul_cast<bf16>) {
    using two = finely_split<2>;
    using three = schedule<batch<2>, finely_split<3>>;
    CHECK(differing_samples<test::mixed, TestType, two>(2) == 0);
    CHECK(differing_samples<test::mixed, TestType, three>(3) == 0);
    CHECK(differing_samples<test::activations, TestType, two>(2) == 0);
    CHECK(differing_samples<test::unusual, TestType, three>(3) == 0);
    CHECK(differing_samples<image_to_image, TestType, two>(1) == 0);
    CHECK(differing_samples<image_to_image, TestType, three>(3) == 0);
    CHECK(differing_samples<wide_pool, TestType, two>(1) == 0);
    CHECK(differing_samples<wide_pool, TestType, three>(3) == 0);
}

TEST_CASE("thousands of short runs on several cores give the same bits", "[runtime][executor]") {
    using plan = program<small_net, bf16, finely_split<2>>;
    const auto in = test::inputs<small_net>(3);
    const auto want = test::results<program<small_net, bf16>>(in);
    executor<plan> run(weights<small_net>(test::random_parameters<small_net>(17)));
    std::vector<float> out(want.size());
    std::size_t wrong = 0;
    for (int i = 0; i < 3'000; ++i) {
        std::fill(out.begin(), out.end(), -77.0F);
        REQUIRE(run.run(in, out) == run_status::done);
        wrong += test::differing(out, want);
    }
    CHECK(wrong == 0);
}

TEST_CASE("more cores than the machine has", "[runtime][executor]") {
    // 2 x 24 threads: on most machines that this runs on, a crowd.
    using plan = program<small_net, fp32, schedule<replicate<2>, finely_split<24>>>;
    const auto in = test::inputs<small_net>(5);
    const auto want = test::results<program<small_net, fp32>>(in);
    executor<plan> run(weights<small_net>(test::random_parameters<small_net>(17)));
    std::vector<float> out(want.size());
    for (int i = 0; i < 40; ++i) {
        REQUIRE(run.run(in, out) == run_status::done);
        REQUIRE(test::differing(out, want) == 0);
    }
}

TEST_CASE("each core has scratch memory of its own in the arena", "[runtime][executor]") {
    using alone = program<small_net, fp32>;
    using plan = program<small_net, fp32, schedule<replicate<2>, finely_split<3>>>;
    static_assert(plan::cores == 3 && alone::cores == 1);
    static_assert(plan::scratch_bytes == alone::scratch_bytes && plan::scratch_bytes % 64 == 0);
    static_assert(plan::arena_bytes == alone::arena_bytes + 2 * alone::scratch_bytes);
    const executor<plan> run(weights<small_net>(test::random_parameters<small_net>(17)));
    CHECK(run.arena_bytes() == 2 * plan::arena_bytes);
}

TEST_CASE("a run on several cores leaves nothing behind for the next one", "[runtime][executor]") {
    using plan = program<small_net, bf16, schedule<batch<3>, finely_split<2>>>;
    executor<plan> run(weights<small_net>(test::random_parameters<small_net>(17)));
    std::vector<float> out(3 * run.sample_outputs);
    const std::vector<float> bad(3 * run.sample_inputs, std::numeric_limits<float>::quiet_NaN());
    for (std::size_t samples = 1; samples <= 3; ++samples) {
        REQUIRE(run.run(bad, out) == run_status::done);
        const auto in = test::inputs<small_net>(samples);
        const auto want = test::results<program<small_net, bf16>>(in);
        std::vector<float> again(want.size());
        REQUIRE(run.run(in, again) == run_status::done);
        CHECK(test::differing(again, want) == 0);
    }
}
