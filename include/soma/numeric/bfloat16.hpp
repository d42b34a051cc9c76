// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// `bfloat16`: the upper half of an IEEE binary32, with rounding done once and exactly.

#include <bit>
#include <cstdint>
#include <limits>

namespace soma {

static_assert(std::numeric_limits<float>::is_iec559 && sizeof(float) == 4,
              "bfloat16: float must be an IEEE binary32");

/// A storage type: eight exponent bits, seven significand bits, no arithmetic of its own.
struct bfloat16 {
    std::uint16_t bits;

    /// Leaves the value undetermined, as for `float`; `bfloat16{}` is zero.
    bfloat16() = default;

    /// Rounds to nearest, ties to even; beyond the largest value is infinity, NaN becomes quiet.
    constexpr explicit bfloat16(float value) noexcept : bits(rounded(value)) {}

    /// Widens exactly: the bits followed by sixteen zeros, which leaves a signalling NaN as it is.
    [[nodiscard]] constexpr explicit operator float() const noexcept {
        return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
    }

    /// The value with this bit pattern.
    [[nodiscard]] static constexpr bfloat16 from_bits(std::uint16_t pattern) noexcept {
        bfloat16 result{};
        result.bits = pattern;
        return result;
    }

private:
    static constexpr std::uint16_t rounded(float value) noexcept {
        const auto pattern = std::bit_cast<std::uint32_t>(value);
        if ((pattern & 0x7FFF'FFFFu) > 0x7F80'0000u) {
            return static_cast<std::uint16_t>((pattern >> 16) | 0x0040u);
        }
        // A carry out of the significand raises the exponent, which is right for subnormals,
        // for the next binade and for the step from the largest value to infinity alike.
        const std::uint32_t odd = (pattern >> 16) & 1u;
        return static_cast<std::uint16_t>((pattern + 0x7FFFu + odd) >> 16);
    }
};

static_assert(sizeof(bfloat16) == 2);

}  // namespace soma
