// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Rounding to a 16-bit format from its definition, in double arithmetic and without bit tricks.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace soma::test {

/// A binary format with subnormals: `1.f` times a power of two, `precision` digits in all.
struct binary_format {
    int precision;
    int smallest_exponent;
    double largest;
};

inline constexpr binary_format bf16_format{8, -126, 0x1.fep127};
inline constexpr binary_format fp16_format{11, -14, 65504.0};

/// The value of `kind` nearest to `value`, which is a finite float; ties go to the even one.
inline double nearest(double value, const binary_format& kind) {
    int exponent = kind.smallest_exponent;
    if (value != 0.0) {
        exponent = std::max(exponent, std::ilogb(value));
    }
    // Powers of two, so neither the division nor the product rounds; `nearbyint` alone does.
    const double quantum = std::ldexp(1.0, exponent - (kind.precision - 1));
    const double result = std::nearbyint(value / quantum) * quantum;
    return std::abs(result) > kind.largest
               ? std::copysign(std::numeric_limits<double>::infinity(), value)
               : result;
}

/// The value of a 16-bit pattern that is not NaN.
inline double value_of(std::uint16_t pattern, const binary_format& kind) {
    const int fraction_bits = kind.precision - 1;
    const int fraction = pattern & ((1 << fraction_bits) - 1);
    const int exponent = (pattern & 0x7FFF) >> fraction_bits;
    const int infinite = 0x7FFF >> fraction_bits;
    double magnitude = std::ldexp(fraction, kind.smallest_exponent - fraction_bits);
    if (exponent == infinite) {
        magnitude = std::numeric_limits<double>::infinity();
    } else if (exponent > 0) {
        magnitude = std::ldexp(fraction + (1 << fraction_bits),
                               kind.smallest_exponent - fraction_bits + exponent - 1);
    }
    return (pattern & 0x8000) != 0 ? -magnitude : magnitude;
}

/// Whether two values are equal and have the same sign, which tells the zeros apart.
inline bool same_value(double a, double b) {
    return a == b && std::signbit(a) == std::signbit(b);
}

}  // namespace soma::test
