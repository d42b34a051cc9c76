// SPDX-License-Identifier: MIT
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <soma/numeric/float16.hpp>

#include "numeric/rounding_oracle.hpp"
#include "support/catch.hpp"

#if defined(__F16C__)
#include <immintrin.h>
#endif

using soma::float16;
using soma::test::fp16_format;
using soma::test::nearest;
using soma::test::same_value;
using soma::test::value_of;

static_assert(std::is_trivially_copyable_v<float16> && std::is_standard_layout_v<float16>);
static_assert(std::is_trivially_default_constructible_v<float16> && sizeof(float16) == 2);
static_assert(float16{}.bits == 0 && !std::is_convertible_v<float, float16>);
static_assert(static_cast<float>(float16(-1.5F)) == -1.5F, "usable in constant expressions");

namespace {

constexpr std::uint16_t infinity = 0x7C00;
constexpr std::uint16_t quiet = 0x0200;
constexpr int dropped_bits = 13;

bool is_nan(std::uint16_t pattern) {
    return (pattern & 0x7FFF) > infinity;
}

/// What the definition of the format says about one float.
bool rounds_correctly(float value) {
    const float16 result(value);
    if (std::isnan(value)) {
        const auto from = std::bit_cast<std::uint32_t>(value);
        const auto payload = (from & 0x007F'FFFFu) >> dropped_bits;
        const auto sign = (from >> 16) & 0x8000u;
        return result.bits == (sign | infinity | quiet | payload);
    }
    const double expected = std::isinf(value) ? static_cast<double>(value)
                                              : nearest(static_cast<double>(value), fp16_format);
    return !is_nan(result.bits) && same_value(value_of(result.bits, fp16_format), expected);
}

/// Floats that round otherwise than the definition says, of every `stride`-th pattern.
std::uint64_t wrong_of_every(std::uint64_t stride) {
    std::uint64_t wrong = 0;
    for (std::uint64_t pattern = 0; pattern <= std::numeric_limits<std::uint32_t>::max();
         pattern += stride) {
        const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(pattern));
        wrong += rounds_correctly(value) ? 0u : 1u;
    }
    return wrong;
}

}  // namespace

TEST_CASE("every float16 widens to its value and comes back unchanged", "[numeric][float16]") {
    std::uint32_t wrong = 0;
    for (std::uint32_t i = 0; i <= 0xFFFF; ++i) {
        const auto pattern = static_cast<std::uint16_t>(i);
        const auto widened = static_cast<float>(float16::from_bits(pattern));
        const std::uint16_t back = float16(widened).bits;
        if (is_nan(pattern)) {
            wrong += std::isnan(widened) && back == (pattern | quiet) ? 0u : 1u;
        } else {
            const bool exact =
                same_value(static_cast<double>(widened), value_of(pattern, fp16_format));
            wrong += exact && back == pattern ? 0u : 1u;
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("floats around every float16 and every tie round to nearest even", "[numeric][float16]") {
    std::uint32_t wrong = 0;
    for (std::uint32_t i = 0; i < infinity; ++i) {
        const double low = value_of(static_cast<std::uint16_t>(i), fp16_format);
        const double high =
            i + 1 == infinity ? 2.0 * low - value_of(static_cast<std::uint16_t>(i - 1), fp16_format)
                              : value_of(static_cast<std::uint16_t>(i + 1), fp16_format);
        const auto tie = static_cast<float>(low / 2.0 + high / 2.0);
        const float limit = std::numeric_limits<float>::infinity();
        for (const float value : {static_cast<float>(low), tie}) {
            for (const float near :
                 {std::nextafter(value, -limit), value, std::nextafter(value, limit)}) {
                wrong += rounds_correctly(near) && rounds_correctly(-near) ? 0u : 1u;
            }
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("float16 rounds a sample of all floats as its definition says", "[numeric][float16]") {
    CHECK(wrong_of_every(4099) == 0);
}

TEST_CASE("float16 rounds all floats as its definition says", "[.exhaustive][numeric][float16]") {
    CHECK(wrong_of_every(1) == 0);
}

#if defined(__F16C__)
TEST_CASE("float16 agrees with the instructions of the processor, NaN included",
          "[numeric][float16]") {
    std::uint64_t wrong = 0;
    for (std::uint64_t i = 0; i <= std::numeric_limits<std::uint32_t>::max(); i += 1021) {
        const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(i));
        wrong += float16(value).bits == _cvtss_sh(value, _MM_FROUND_TO_NEAREST_INT) ? 0u : 1u;
    }
    for (std::uint32_t i = 0; i <= 0xFFFF; ++i) {
        const auto pattern = static_cast<std::uint16_t>(i);
        const auto widened = static_cast<float>(float16::from_bits(pattern));
        const float expected = _cvtsh_ss(pattern);
        wrong += std::bit_cast<std::uint32_t>(widened) == std::bit_cast<std::uint32_t>(expected)
                     ? 0u
                     : 1u;
    }
    CHECK(wrong == 0);
}
#endif

TEST_CASE("float16 has the edges that its format promises", "[numeric][float16]") {
    constexpr float infinite = std::numeric_limits<float>::infinity();
    CHECK(float16(infinite).bits == infinity);
    CHECK(float16(-infinite).bits == (0x8000 | infinity));
    CHECK(float16(0.0F).bits == 0);
    CHECK(float16(-0.0F).bits == 0x8000);
    CHECK(float16(std::numeric_limits<float>::max()).bits == infinity);
    CHECK(float16(std::numeric_limits<float>::denorm_min()).bits == 0);
    const auto signalling = std::bit_cast<float>(0x7F80'0001u);
    CHECK(float16(signalling).bits == (infinity | quiet));
    CHECK(float16(65504.0F).bits == infinity - 1);
    CHECK(float16(0x1.ffdffep15F).bits == infinity - 1);
    CHECK(float16(65520.0F).bits == infinity);
    CHECK(float16(0x1p-24F).bits == 1);
    CHECK(float16(0x1p-25F).bits == 0);
    CHECK(float16(0x1.000002p-25F).bits == 1);
    CHECK(float16(0x1.8p-24F).bits == 2);
    CHECK(std::bit_cast<std::uint32_t>(static_cast<float>(float16::from_bits(0x7C01)))
          == 0x7FC0'2000u);
}
