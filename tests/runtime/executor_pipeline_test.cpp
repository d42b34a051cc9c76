// SPDX-License-Identifier: MIT
//
// A pipeline's stages on threads of their own: the nodes, the plan and the bits are those of the
// same program without stages.

#include <algorithm>
#include <cstddef>
#include <limits>
#include <random>
#include <set>
#include <span>
#include <vector>

#include "support/catch.hpp"
#include "support/schedules.hpp"

using namespace soma;
using test::small_net;

namespace {

template <class Precision, class... Policies>
using staged = program<small_net, Precision, schedule<Policies...>>;

static_assert(staged<fp32, pipeline<4>>::cores == 1 && staged<fp32, pipeline<4>>::copies == 1);
static_assert(staged<fp32, pipeline<4>>::arena_bytes == program<small_net>::arena_bytes);
static_assert(staged<fp32, pipeline<4>, batch<3>>::samples == 3);
static_assert(staged<fp32, pipeline<2>>::stage_ranges.count == 2);
static_assert(staged<fp32, pipeline<3>>::stage_ranges.count == 3);
static_assert(staged<fp32, pipeline<4>>::stage_ranges.count >= 3,
              "no more where more gain nothing");

/// A cache that holds nothing: without stages, each sample would be a group.
struct no_cache : schedule<batch<4>, pipeline<2>> {
    [[maybe_unused]] static constexpr int cache_bytes = 1;  // read by batches without stages
};
using whole = program<small_net, fp32, no_cache>;
static_assert(whole::steps.size() == 1 && whole::steps[0].samples == 4);

constexpr int rounds = 500;

weights<small_net> trained() {
    return weights<small_net>(test::random_parameters<small_net>(17));
}

/// Calls of random size from random places of `in` must give that part of `want`.
template <class Program>
int wrong_calls(const std::vector<float>& in, const std::vector<float>& want, unsigned seed) {
    executor<Program> run(trained());
    const std::size_t takes = run.sample_inputs, makes = run.sample_outputs;
    const std::size_t samples = in.size() / takes;
    std::mt19937 random(seed);
    std::vector<float> out(want.size()), expected(want.size());
    int wrong = 0;
    for (int round = 0; round < rounds; ++round) {
        const std::size_t first = random() % samples;
        const std::size_t count = random() % (samples - first + 1);
        std::fill(out.begin(), out.end(), -77.0F);
        std::fill(expected.begin(), expected.end(), -77.0F);
        const auto part = std::span(want).subspan(first * makes, count * makes);
        std::copy(part.begin(), part.end(), expected.begin());
        const run_status status = run.run(std::span(in).subspan(first * takes, count * takes),
                                          std::span(out).first(count * makes));
        const bool same = test::differing(out, expected) == 0;
        wrong += status == run_status::done && same ? 0 : 1;
    }
    return wrong;
}

}  // namespace

TEMPLATE_TEST_CASE("a pipeline gives the same bits", "[runtime][executor]", fp32, bf16) {
    const std::vector<float> in = test::inputs<small_net>(7);
    const auto want = test::results<program<small_net, TestType>>(in);
    test::same_bits<program<small_net, TestType, pipeline<1>>>(in, want);
    test::same_bits<program<small_net, TestType, pipeline<2>>>(in, want);
    test::same_bits<program<small_net, TestType, pipeline<3>>>(in, want);
    test::same_bits<program<small_net, TestType, pipeline<4>>>(in, want);
    test::same_bits<staged<TestType, pipeline<64>, batch<3>>>(in, want);
    test::same_bits<staged<TestType, batch<2>, pipeline<3>, replicate<2>, static_weights>>(in,
                                                                                           want);
    test::same_bits<staged<TestType, static_weights>>(in, want);
}

TEMPLATE_TEST_CASE("hundreds of calls of random size give the same bits",
                   "[runtime][executor]",
                   fp32,
                   matmul_cast<bf16>) {
    const std::vector<float> in = test::inputs<small_net>(23);
    const auto want = test::results<program<small_net, TestType>>(in);
    CHECK(wrong_calls<staged<TestType, pipeline<2>>>(in, want, 1) == 0);
    CHECK(wrong_calls<staged<TestType, pipeline<3>, batch<4>>>(in, want, 2) == 0);
    CHECK(wrong_calls<staged<TestType, pipeline<4>, replicate<2>>>(in, want, 3) == 0);
    CHECK(wrong_calls<staged<TestType, pipeline<2>, batch<2>, replicate<3>>>(in, want, 4) == 0);
}

TEST_CASE("a pipeline full of batches leaves nothing behind", "[runtime][executor]") {
    // Not-a-number in every arena and slot.
    using limits = std::numeric_limits<float>;
    using plan = staged<bf16, pipeline<3>, batch<2>, replicate<2>>;
    const auto in = test::inputs<small_net>(31);
    const auto want = test::results<program<small_net, bf16>>(in);
    executor<plan> run(trained());
    std::vector<float> out(want.size());
    for (const float poison : {limits::quiet_NaN(), limits::infinity(), -limits::max()}) {
        REQUIRE(run.run(std::vector<float>(in.size(), poison), out) == run_status::done);
        REQUIRE(run.run(in, out) == run_status::done);
        CHECK(test::differing(out, want) == 0);
    }
}

TEST_CASE("not-a-number passes through the stages beside other samples", "[runtime][executor]") {
    std::vector<float> in = test::inputs<small_net>(9);
    const auto want = test::results<staged<fp32, pipeline<4>>>(in);
    in[4 * 105 + 50] = std::numeric_limits<float>::quiet_NaN();
    const auto got = test::results<staged<fp32, pipeline<4>>>(in);
    for (std::size_t i = 0; i < got.size(); ++i) {
        CHECK((i / 9 == 4 ? got[i] != got[i] : got[i] == want[i]));
    }
}

// The tests of the team start and stop it a thousand times.
TEST_CASE("executors with stages start, run, move and stop two hundred times",
          "[runtime][executor]") {
    using plan = staged<fp32, pipeline<3>, replicate<2>>;
    const auto shared = trained();
    const auto in = test::inputs<small_net>(5);
    const auto want = test::results<program<small_net>>(in);
    std::vector<float> out(want.size());
    int wrong = 0;
    for (int round = 0; round < 200; ++round) {
        executor<plan> first(shared);
        if (round % 3 == 0) {
            continue;
        }
        wrong += first.run(in, out) == run_status::done && out == want ? 0 : 1;
        if (round % 3 == 1) {
            executor<plan> second(std::move(first));
            wrong += second.run(in, out) == run_status::done && out == want ? 0 : 1;
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("a pipeline of nothing and of wrong sizes touches nothing", "[runtime][executor]") {
    executor<staged<fp32, pipeline<2>>> run(trained());
    const std::vector<float> in = test::inputs<small_net>(2);
    std::vector<float> out(18, -77.0F);
    CHECK(run.run({}, {}) == run_status::done);
    CHECK(run.run(std::span(in).first(209), out) == run_status::input_is_not_whole_samples);
    CHECK(run.run(in, std::span(out).first(9)) == run_status::output_does_not_match);
    CHECK(std::set<float>(out.begin(), out.end()) == std::set<float>{-77.0F});
}
