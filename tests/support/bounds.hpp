// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Derived error bounds of sums and roundings: no tolerance in the tests is chosen by hand.

#include <cmath>

#include <soma/numeric/format.hpp>

namespace soma::test {

/// Relative error of `operations` roundings to FP32 one after another: `n u / (1 - n u)`.
[[nodiscard]] inline double gamma(int operations) {
    const double nu = operations * unit_roundoff(format::f32);
    return nu / (1.0 - nu);
}

/// Error of a sum in FP32, in any order, of `terms` products of total absolute value `sum_abs`.
///
/// Two roundings for each term cover instruction sets without a fused multiply-add; whatever
/// underflows may be flushed to zero.
[[nodiscard]] inline double sum_bound(int terms, double sum_abs) {
    const int operations = 2 * terms + 2;
    return gamma(operations) * sum_abs + operations * smallest_normal(format::f32);
}

/// Error of rounding a number of at most this absolute value to storage.
[[nodiscard]] inline double rounding_bound(double largest_value, format stored) {
    const double underflow =
        stored == format::f16 ? smallest_subnormal(stored) : smallest_normal(stored);
    return unit_roundoff(stored) * largest_value + underflow;
}

/// Error of a sum of products that is close to `value` and is rounded to storage.
[[nodiscard]] inline double dot_bound(int terms, double sum_abs, format stored, double value) {
    const double sum = sum_bound(terms, sum_abs);
    return sum + rounding_bound(std::abs(value) + sum, stored);
}

/// As above where the value is not at hand: it is at most the sum of absolute values.
[[nodiscard]] inline double dot_bound(int terms, double sum_abs, format stored) {
    return dot_bound(terms, sum_abs, stored, sum_abs);
}

}  // namespace soma::test
