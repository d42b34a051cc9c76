// SPDX-License-Identifier: MIT
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <soma/numeric/bfloat16.hpp>

#include "numeric/rounding_oracle.hpp"
#include "support/catch.hpp"

using soma::bfloat16;
using soma::test::bf16_format;
using soma::test::nearest;
using soma::test::same_value;
using soma::test::value_of;

static_assert(std::is_trivially_copyable_v<bfloat16> && std::is_standard_layout_v<bfloat16>);
static_assert(std::is_trivially_default_constructible_v<bfloat16> && sizeof(bfloat16) == 2);
static_assert(bfloat16{}.bits == 0 && !std::is_convertible_v<float, bfloat16>);
static_assert(static_cast<float>(bfloat16(-1.5F)) == -1.5F, "usable in constant expressions");

namespace {

constexpr std::uint16_t infinity = 0x7F80;
constexpr std::uint16_t quiet = 0x0040;
constexpr int dropped_bits = 16;

bool is_nan(std::uint16_t pattern) {
    return (pattern & 0x7FFF) > infinity;
}

/// What the definition of the format says about one float.
bool rounds_correctly(float value) {
    const bfloat16 result(value);
    if (std::isnan(value)) {
        const auto from = std::bit_cast<std::uint32_t>(value);
        const auto payload = (from & 0x007F'FFFFu) >> dropped_bits;
        const auto sign = (from >> 16) & 0x8000u;
        return result.bits == (sign | infinity | quiet | payload);
    }
    const double expected = std::isinf(value) ? static_cast<double>(value)
                                              : nearest(static_cast<double>(value), bf16_format);
    return !is_nan(result.bits) && same_value(value_of(result.bits, bf16_format), expected);
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

TEST_CASE("every bfloat16 widens to its value and comes back unchanged", "[numeric][bfloat16]") {
    std::uint32_t wrong = 0;
    for (std::uint32_t i = 0; i <= 0xFFFF; ++i) {
        const auto pattern = static_cast<std::uint16_t>(i);
        const auto widened = static_cast<float>(bfloat16::from_bits(pattern));
        const std::uint16_t back = bfloat16(widened).bits;
        if (is_nan(pattern)) {
            wrong += std::isnan(widened) && back == (pattern | quiet) ? 0u : 1u;
        } else {
            const bool exact =
                same_value(static_cast<double>(widened), value_of(pattern, bf16_format));
            wrong += exact && back == pattern ? 0u : 1u;
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("floats around every bfloat16 and every tie round to nearest even",
          "[numeric][bfloat16]") {
    std::uint32_t wrong = 0;
    for (std::uint32_t i = 0; i < infinity; ++i) {
        const double low = value_of(static_cast<std::uint16_t>(i), bf16_format);
        const double high =
            i + 1 == infinity ? 2.0 * low - value_of(static_cast<std::uint16_t>(i - 1), bf16_format)
                              : value_of(static_cast<std::uint16_t>(i + 1), bf16_format);
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

TEST_CASE("bfloat16 rounds a sample of all floats as its definition says", "[numeric][bfloat16]") {
    CHECK(wrong_of_every(4099) == 0);
}

TEST_CASE("bfloat16 rounds all floats as its definition says", "[.exhaustive][numeric][bfloat16]") {
    CHECK(wrong_of_every(1) == 0);
}

TEST_CASE("bfloat16 has the edges that its format promises", "[numeric][bfloat16]") {
    constexpr float infinite = std::numeric_limits<float>::infinity();
    CHECK(bfloat16(infinite).bits == infinity);
    CHECK(bfloat16(-infinite).bits == (0x8000 | infinity));
    CHECK(bfloat16(0.0F).bits == 0);
    CHECK(bfloat16(-0.0F).bits == 0x8000);
    CHECK(bfloat16(std::numeric_limits<float>::max()).bits == infinity);
    CHECK(bfloat16(std::numeric_limits<float>::denorm_min()).bits == 0);
    const auto signalling = std::bit_cast<float>(0x7F80'0001u);
    CHECK(bfloat16(signalling).bits == (infinity | quiet));
    CHECK(bfloat16(0x1.fep127F).bits == infinity - 1);
    CHECK(bfloat16(0x1.fefffep127F).bits == infinity - 1);
    CHECK(bfloat16(0x1.ffp127F).bits == infinity);
    CHECK(bfloat16(0x1p-133F).bits == 1);
    CHECK(bfloat16(0x1p-134F).bits == 0);
    CHECK(bfloat16(0x1.8p-133F).bits == 2);
}
