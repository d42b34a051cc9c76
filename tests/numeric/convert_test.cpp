// SPDX-License-Identifier: MIT
#include <bit>
#include <cstdint>

#include <soma/numeric/convert.hpp>

#include "support/catch.hpp"

using namespace soma;

template <class To, class From>
concept convertible = requires(From value) { convert_to<To>(value); };
static_assert(convertible<float16, bfloat16> && convertible<float, float>);
static_assert(!convertible<double, float> && !convertible<float, int>);
static_assert(convert_to<bfloat16>(float16(2.5F)).bits == bfloat16(2.5F).bits);

TEST_CASE("converting to the same format keeps every bit", "[numeric][convert]") {
    const auto signalling = float16::from_bits(0x7C01);
    CHECK(convert_to<float16>(signalling).bits == 0x7C01);
    CHECK(convert_to<bfloat16>(bfloat16::from_bits(0x7F81)).bits == 0x7F81);
    CHECK(convert_to<float>(1.1F) == 1.1F);
}

TEST_CASE("converting between the 16-bit formats rounds once", "[numeric][convert]") {
    std::uint32_t wrong = 0;
    for (std::uint32_t i = 0; i <= 0xFFFF; ++i) {
        const auto pattern = static_cast<std::uint16_t>(i);
        const auto half = float16::from_bits(pattern);
        const auto brain = bfloat16::from_bits(pattern);
        wrong +=
            convert_to<bfloat16>(half).bits == bfloat16(static_cast<float>(half)).bits ? 0u : 1u;
        wrong +=
            convert_to<float16>(brain).bits == float16(static_cast<float>(brain)).bits ? 0u : 1u;
    }
    CHECK(wrong == 0);
    CHECK(convert_to<bfloat16>(float16::from_bits(0x7BFF)).bits == 0x4780);  // 65504 becomes 65536
    CHECK(convert_to<float16>(bfloat16(0x1p16F)).bits == 0x7C00);
    CHECK(convert_to<float16>(bfloat16(0x1p-26F)).bits == 0);
}
