// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// `float16`: IEEE binary16 storage, bit for bit what the F16C instructions compute.

#include <bit>
#include <cstdint>
#include <limits>

namespace soma {

static_assert(std::numeric_limits<float>::is_iec559 && sizeof(float) == 4,
              "float16: float must be an IEEE binary32");

/// A storage type: five exponent bits, ten significand bits, no arithmetic of its own.
struct float16 {
    std::uint16_t bits;

    /// Leaves the value undetermined, as for `float`; `float16{}` is zero.
    float16() = default;

    /// Rounds to nearest, ties to even; beyond the largest value is infinity, NaN becomes quiet.
    constexpr explicit float16(float value) noexcept : bits(rounded(value)) {}

    /// Widens exactly; a NaN keeps its payload and becomes quiet.
    [[nodiscard]] constexpr explicit operator float() const noexcept {
        return std::bit_cast<float>(widened(bits));
    }

    /// The value with this bit pattern.
    [[nodiscard]] static constexpr float16 from_bits(std::uint16_t pattern) noexcept {
        float16 result{};
        result.bits = pattern;
        return result;
    }

private:
    static constexpr std::uint16_t rounded(float value) noexcept {
        const auto pattern = std::bit_cast<std::uint32_t>(value);
        const std::uint32_t sign = (pattern >> 16) & 0x8000u;
        const std::uint32_t magnitude = pattern & 0x7FFF'FFFFu;

        if (magnitude > 0x7F80'0000u) {
            return static_cast<std::uint16_t>(sign | 0x7E00u | ((magnitude >> 13) & 0x03FFu));
        }
        // 65520 lies half way between the largest value, whose last bit is odd, and infinity.
        constexpr std::uint32_t first_infinite = 0x477F'F000u;
        if (magnitude >= first_infinite) {
            return static_cast<std::uint16_t>(sign | 0x7C00u);
        }
        constexpr std::uint32_t first_normal = 0x3880'0000u;  // 2^-14
        if (magnitude >= first_normal) {
            const std::uint32_t odd = (magnitude >> 13) & 1u;
            const std::uint32_t rebiased = magnitude - ((127u - 15u) << 23);
            return static_cast<std::uint16_t>(sign | ((rebiased + 0x0FFFu + odd) >> 13));
        }
        constexpr std::uint32_t last_zero = 0x3300'0000u;  // 2^-25, a tie that goes to zero
        if (magnitude <= last_zero) {
            return static_cast<std::uint16_t>(sign);
        }
        // Subnormal results count in units of 2^-24, so the shift grows as the exponent falls.
        const std::uint32_t significand = (magnitude & 0x007F'FFFFu) | 0x0080'0000u;
        const std::uint32_t shift = 126u - (magnitude >> 23);
        const std::uint32_t odd = (significand >> shift) & 1u;
        const std::uint32_t below_half = (1u << (shift - 1u)) - 1u;
        return static_cast<std::uint16_t>(sign | ((significand + below_half + odd) >> shift));
    }

    static constexpr std::uint32_t widened(std::uint16_t pattern) noexcept {
        const std::uint32_t sign = (static_cast<std::uint32_t>(pattern) & 0x8000u) << 16;
        const std::uint32_t exponent = (pattern >> 10) & 0x1Fu;
        const std::uint32_t fraction = pattern & 0x03FFu;

        if (exponent == 0x1Fu) {
            const std::uint32_t quiet = fraction != 0u ? 0x0040'0000u : 0u;
            return sign | 0x7F80'0000u | quiet | (fraction << 13);
        }
        if (exponent != 0u) {
            return sign | ((exponent + (127u - 15u)) << 23) | (fraction << 13);
        }
        if (fraction == 0u) {
            return sign;
        }
        // Every subnormal is a normal float: move the leading one up to the implicit position.
        const auto width = static_cast<std::uint32_t>(std::bit_width(fraction));
        return sign | ((127u - 25u + width) << 23) | ((fraction << (24u - width)) & 0x007F'FFFFu);
    }
};

static_assert(sizeof(float16) == 2);

}  // namespace soma
