// SPDX-License-Identifier: MIT
#include <limits>
#include <thread>
#include <type_traits>
#include <vector>

#include <soma/tensor/tensor.hpp>

#include "support/catch.hpp"
#include "support/runs.hpp"
#include "support/small_net.hpp"

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

using namespace soma;
using test::small_net;

namespace {

template <class Precision>
using twins = program<small_net, Precision, schedule<batch<3>, replicate<2>>>;
using plan = twins<bf16>;
using run_type = executor<plan>;

static_assert(std::is_same_v<run_type::input_shape, shape<6, 3, 7, 5>>);
static_assert(std::is_same_v<run_type::output_shape, shape<6, 9>>);
static_assert(!std::is_copy_constructible_v<run_type>, "an executor owns its threads and arenas");
static_assert(std::is_nothrow_move_constructible_v<run_type>);

template <class Run, class In, class Out>
inline constexpr bool nothrow =
    noexcept(std::declval<Run&>().run(std::declval<In>(), std::declval<Out>()));
static_assert(nothrow<run_type, std::span<const float>, std::span<float>>);
static_assert(nothrow<run_type,
                      tensor_view<const float, run_type::input_shape>,
                      tensor_view<float, run_type::output_shape>>);

weights<small_net> trained() {
    return weights<small_net>(test::random_parameters<small_net>(17));
}

}  // namespace

TEST_CASE("arenas take exactly what the plan says, per copy", "[runtime][executor]") {
    CHECK(run_type(trained()).arena_bytes() == 2 * plan::arena_bytes);
    CHECK(executor<program<small_net>>(trained()).arena_bytes() == program<small_net>::arena_bytes);
}

TEST_CASE("executors of one precision share packed weights", "[runtime][executor]") {
    const auto shared = trained();
    const run_type a(shared);
    const executor<program<small_net, bf16, batch<1>>> b(shared);
    const executor<program<small_net, fp32>> c(shared);
    CHECK(a.packed_weights().data() == b.packed_weights().data());
    CHECK(a.packed_weights().data() != c.packed_weights().data());
    CHECK(a.packed_weights().size() == plan::packed_bytes);
}

TEST_CASE("sizes that do not match are reported and nothing is written", "[runtime][executor]") {
    run_type run(trained());
    const std::vector<float> in = test::inputs<small_net>(2);
    std::vector<float> out(18, -77.0F);
    const std::vector<float> untouched = out;
    CHECK(run.run(std::span(in).first(209), out) == run_status::input_is_not_whole_samples);
    CHECK(run.run(std::span(in).first(1), out) == run_status::input_is_not_whole_samples);
    CHECK(run.run(std::span(in).first(105), out) == run_status::output_does_not_match);
    CHECK(run.run(in, std::span(out).first(17)) == run_status::output_does_not_match);
    CHECK(run.run({}, out) == run_status::output_does_not_match);
    CHECK(out == untouched);
    CHECK(run.run({}, {}) == run_status::done);
    CHECK(run.run(in, out) == run_status::done);
    CHECK(out != untouched);
}

TEST_CASE("tensors and views are taken alike", "[runtime][executor]") {
    run_type run(trained());
    tensor<float, run_type::input_shape> in;
    const auto values = test::inputs<small_net>(6);
    std::copy(values.begin(), values.end(), in.begin());
    tensor<float, run_type::output_shape> a, b;
    run.run(in, a);
    run.run(in.view(), b.view());
    CHECK(std::vector<float>(a.begin(), a.end()) == std::vector<float>(b.begin(), b.end()));
    CHECK(std::vector<float>(a.begin(), a.end()) == test::results<plan>(values));
}

TEST_CASE("an executor that was moved goes on running", "[runtime][executor]") {
    const auto in = test::inputs<small_net>(7);
    const auto want = test::results<plan>(in);
    run_type first(trained());
    run_type second(std::move(first));
    std::vector<float> out(want.size());
    REQUIRE(second.run(in, out) == run_status::done);
    CHECK(out == want);
}

TEMPLATE_TEST_CASE("a run leaves nothing behind for the next one",
                   "[runtime][executor]",
                   fp32,
                   fp16,
                   bf16,
                   matmul_cast<bf16>,
                   auto_cast<bf16>) {
    // Not-a-number in every buffer, lanes that pad a pixel and samples that pad a batch included.
    using limits = std::numeric_limits<float>;
    executor<twins<TestType>> run(trained());
    std::vector<float> out(54);
    for (const float poison : {limits::quiet_NaN(), limits::infinity(), -limits::max()}) {
        const std::vector<float> bad(6 * run.sample_inputs, poison);
        REQUIRE(run.run(bad, out) == run_status::done);
        for (std::size_t samples = 1; samples <= 6; ++samples) {
            const auto in = test::inputs<small_net>(samples);
            const auto want = test::results<twins<TestType>>(in);
            std::vector<float> again(want.size());
            REQUIRE(run.run(in, again) == run_status::done);
            CHECK(test::differing(again, want) == 0);
            for (const float value : want) {
                CHECK(value - value == 0.0F);
            }
        }
    }
}

TEST_CASE("not-a-number reaches the result of its own sample only", "[runtime][executor]") {
    std::vector<float> in = test::inputs<small_net>(6);
    const auto want = test::results<plan>(in);
    in[2 * 105 + 50] = std::numeric_limits<float>::quiet_NaN();
    const auto got = test::results<plan>(in);
    for (std::size_t i = 0; i < got.size(); ++i) {
        if (i / 9 == 2) {
            CHECK(got[i] != got[i]);
        } else {
            CHECK(got[i] == want[i]);
        }
    }
}

TEST_CASE("executors are independent of each other", "[runtime][executor]") {
    const auto shared = trained();
    const auto in = test::inputs<small_net>(6);
    const auto want = test::results<plan>(in);
    int wrong[3] = {};
    std::vector<std::thread> callers;
    for (int& count : wrong) {
        callers.emplace_back([&] {
            run_type run(shared);
            std::vector<float> out(want.size());
            for (int round = 0; round < 200; ++round) {
                count += run.run(in, out) == run_status::done && out == want ? 0 : 1;
            }
        });
    }
    for (std::thread& t : callers) {
        t.join();
    }
    CHECK(wrong[0] + wrong[1] + wrong[2] == 0);
}

#if defined(__SSE2__)
TEST_CASE("the caller's floating-point mode comes back and does not matter",
          "[runtime][executor]") {
    const auto in = test::inputs<small_net>(6);
    const auto want = test::results<twins<fp32>>(in);
    executor<twins<fp32>> run(trained());
    std::vector<float> out(want.size());
    const unsigned before = _mm_getcsr();
    constexpr unsigned masked = 0x1F80U;
    // Flush modes, every rounding mode, exceptions that trap, flags that are already up.
    for (const unsigned mode : {masked, masked | 0x8040U, masked | 0x2000U, masked | 0x4000U,
                                masked | 0x6000U, 0x1F80U & ~0x0280U, masked | 0x003FU}) {
        INFO("mode " << mode);
        _mm_setcsr(mode);
        const run_status status = run.run(in, out);
        const unsigned after = _mm_getcsr();
        _mm_setcsr(before);
        CHECK(status == run_status::done);
        CHECK(after == mode);
        CHECK(test::differing(out, want) == 0);
    }
}
#endif
