// SPDX-License-Identifier: MIT
#include <soma/simd/dot2.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <random>

#include <soma/simd/control.hpp>

#include "support/catch.hpp"
#include "support/isas.hpp"

using namespace soma;
using namespace soma::simd;
using soma::test::for_each_isa;

namespace {

struct block {
    std::array<bfloat16, 32> x;
    std::array<bfloat16, 32> y;
    std::array<float, 16> sum;
};

/// Values whose products stay normal, of widely different sizes so that every sum rounds.
block random_block(std::mt19937& random) {
    std::uniform_real_distribution<float> significand(-2.0F, 2.0F);
    std::uniform_int_distribution<int> exponent(-20, 20);
    const auto value = [&] { return std::ldexp(significand(random), exponent(random)); };
    block b{};
    for (std::size_t i = 0; i < 32; ++i) {
        b.x[i] = bfloat16(value());
        b.y[i] = bfloat16(value());
    }
    for (float& s : b.sum) {
        s = value();
    }
    return b;
}

}  // namespace

TEST_CASE("dot2 adds the second product first, each exact, each sum rounded once") {
    const flush_denormals_scope scope;
    for_each_isa([]<class Isa>() {
        std::mt19937 random(7);
        int wrong = 0;
        for (int round = 0; round < 2000; ++round) {
            const block b = random_block(random);
            std::array<float, 16> result{};
            store(dot2_bf16(load<Isa>(b.sum.data()), load_pairs<Isa>(b.x.data()),
                            load_pairs<Isa>(b.y.data())),
                  result.data());
            for (std::size_t i = 0; i < std::size_t{Isa::lanes}; ++i) {
                const auto f = [](bfloat16 v) { return static_cast<float>(v); };
                const float first = std::fma(f(b.x[2 * i + 1]), f(b.y[2 * i + 1]), b.sum[i]);
                const float expected = std::fma(f(b.x[2 * i]), f(b.y[2 * i]), first);
                wrong += std::bit_cast<std::uint32_t>(result[i])
                                 != std::bit_cast<std::uint32_t>(expected)
                             ? 1
                             : 0;
            }
        }
        CHECK(wrong == 0);
    });
}

TEST_CASE("subnormal operands count as zeros where denormals are flushed") {
    const flush_denormals_scope scope;
    for_each_isa([]<class Isa>() {
        // Hidden from the compiler, which would multiply without the processor's mode.
        const volatile std::uint16_t subnormal = 0x0040;
        std::array<bfloat16, 32> tiny;
        tiny.fill(bfloat16::from_bits(subnormal));
        std::array<bfloat16, 32> large;
        large.fill(bfloat16(0x1p100F));
        std::array<float, 16> result{};
        store(dot2_bf16(zero<Isa>(), load_pairs<Isa>(tiny.data()), load_pairs<Isa>(large.data())),
              result.data());
        CHECK(result[0] == 0.0F);
    });
}

TEST_CASE("a broadcast repeats a pair, or one element with a zero behind it") {
    const std::array<bfloat16, 2> pair{bfloat16(2.0F), bfloat16(3.0F)};
    for_each_isa([&]<class Isa>() {
        std::array<float, 16> lanes{};
        store(even(broadcast_pair<Isa>(pair.data())), lanes.data());
        CHECK(lanes[1] == 2.0F);
        store(odd(broadcast_pair<Isa>(pair.data())), lanes.data());
        CHECK(lanes[1] == 3.0F);
        store(even(broadcast_single<Isa>(pair.data())), lanes.data());
        CHECK(lanes[1] == 2.0F);
        store(odd(broadcast_single<Isa>(pair.data())), lanes.data());
        CHECK(lanes[1] == 0.0F);
    });
}
