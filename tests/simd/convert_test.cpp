// SPDX-License-Identifier: MIT
#include <soma/simd/convert.hpp>

#include <array>
#include <bit>
#include <cstdint>
#include <optional>

#include <soma/simd/control.hpp>

#include "support/catch.hpp"
#include "support/isas.hpp"

using namespace soma;
using namespace soma::simd;
using soma::test::for_each_isa;

namespace {

/// Every upper half of a float with the lower halves around which rounding changes.
template <class F>
void for_float_patterns(F&& f) {
    constexpr std::array<std::uint32_t, 9> lower{0x0000, 0x0001, 0x0FFF, 0x1000, 0x1001,
                                                 0x7FFF, 0x8000, 0x8001, 0xFFFF};
    alignas(64) std::array<float, 16> values;
    for (std::uint32_t upper = 0; upper < 0x1'0000U; upper += 1) {
        for (std::size_t i = 0; i < values.size(); ++i) {
            values[i] = std::bit_cast<float>(upper << 16 | lower[i % lower.size()]);
        }
        f(values);
    }
}

/// How many of a block's lanes differ from `numeric/`.
template <class Isa, class T>
int wrong_lanes(const std::array<float, 16>& values) {
    std::array<T, 16> stored{};
    store(load<Isa>(values.data()), stored.data());
    int wrong = 0;
    for (std::size_t i = 0; i < std::size_t{Isa::lanes}; ++i) {
        wrong += stored[i].bits != T(values[i]).bits ? 1 : 0;
    }
    return wrong;
}

template <class T>
void check_narrowing(bool flushing) {
    for_each_isa([&]<class Isa>() {
        std::optional<flush_denormals_scope> scope;
        if (flushing) {
            scope.emplace();
        }
        int wrong = 0;
        for_float_patterns([&](const auto& values) { wrong += wrong_lanes<Isa, T>(values); });
        CHECK(wrong == 0);
    });
}

template <class T>
void check_widening() {
    for_each_isa([]<class Isa>() {
        const flush_denormals_scope scope;
        int wrong = 0;
        for (std::uint32_t first = 0; first < 0x1'0000U; first += 16) {
            std::array<T, 16> from{};
            for (std::uint32_t i = 0; i < 16; ++i) {
                from[i] = T::from_bits(static_cast<std::uint16_t>(first + i));
            }
            alignas(64) std::array<float, 16> to{};
            store(load<Isa>(from.data()), to.data());
            for (std::size_t i = 0; i < std::size_t{Isa::lanes}; ++i) {
                const auto expected = std::bit_cast<std::uint32_t>(static_cast<float>(from[i]));
                wrong += std::bit_cast<std::uint32_t>(to[i]) != expected ? 1 : 0;
            }
        }
        CHECK(wrong == 0);
    });
}

template <class T>
void check_partial() {
    for_each_isa([]<class Isa>() {
        const auto lanes = static_cast<std::size_t>(Isa::lanes);
        for (std::size_t count = 0; count <= lanes; ++count) {
            std::array<T, 16> from;
            from.fill(T(1.5F));
            std::array<float, 16> read{};
            store(load_partial<Isa>(from.data(), static_cast<int>(count)), read.data());
            std::array<T, 17> to;
            to.fill(T(-1.0F));
            store_partial(vec<Isa>(1.5F), to.data(), static_cast<int>(count));
            std::array<T, 17> flushed;
            flushed.fill(T(-1.0F));
            store_flushed_partial(vec<Isa>(1.5F), flushed.data(), static_cast<int>(count));
            for (std::size_t i = 0; i < lanes; ++i) {
                CHECK(read[i] == (i < count ? 1.5F : 0.0F));
                CHECK(to[i].bits == T(i < count ? 1.5F : -1.0F).bits);
                CHECK(flushed[i].bits == to[i].bits);
            }
            CHECK(to[lanes].bits == T(-1.0F).bits);
            CHECK(flushed[lanes].bits == T(-1.0F).bits);
        }
    });
}

}  // namespace

TEST_CASE("stores round as the scalar conversions do in either denormal mode") {
    check_narrowing<bfloat16>(false);
    check_narrowing<bfloat16>(true);
    check_narrowing<float16>(false);
    check_narrowing<float16>(true);
}

TEST_CASE("loads widen as the scalar conversions do") {
    check_widening<bfloat16>();
    check_widening<float16>();
}

TEST_CASE("partial loads and stores of 16-bit formats keep to their count") {
    check_partial<bfloat16>();
    check_partial<float16>();
}

TEST_CASE("the flushed store of BF16 differs from the exact one in subnormals only") {
    for_each_isa([]<class Isa>() {
        int wrong = 0;
        for_float_patterns([&](const std::array<float, 16>& values) {
            std::array<bfloat16, 16> stored{};
            store_flushed(load<Isa>(values.data()), stored.data());
            for (std::size_t i = 0; i < std::size_t{Isa::lanes}; ++i) {
                const auto bits = std::bit_cast<std::uint32_t>(values[i]);
                const bool subnormal = (bits & 0x7F80'0000U) == 0;
                const auto expected = subnormal ? static_cast<std::uint16_t>(bits >> 16 & 0x8000U)
                                                : bfloat16(values[i]).bits;
                wrong += stored[i].bits != expected ? 1 : 0;
            }
        });
        CHECK(wrong == 0);
    });
}
