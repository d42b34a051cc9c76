// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Inputs for kernel tests, and what a test says about results: equal bits, errors in ulp.

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include <soma/numeric/convert.hpp>

namespace soma::test {

/// Values at which float arithmetic is least like arithmetic.
inline std::vector<float> special_floats() {
    using limits = std::numeric_limits<float>;
    std::vector<float> values;
    for (const float magnitude :
         {0.0F, limits::denorm_min(), 0x1.fffffcp-127F, limits::min(), 0x1p-24F, 1.0F, 3.0F, 88.8F,
          1e20F, limits::max(), limits::infinity(), limits::quiet_NaN()}) {
        values.push_back(magnitude);
        values.push_back(-magnitude);
    }
    return values;
}

/// `n` values spread evenly over [low, high), the same for the same seed.
template <numeric_format T>
std::vector<T> uniform(std::size_t n, unsigned seed, float low = -2.0F, float high = 2.0F) {
    std::mt19937 engine(seed);
    std::vector<T> values(n);
    for (T& value : values) {
        const auto unit = static_cast<float>(engine() >> 8) * 0x1p-24F;
        value = convert_to<T>(low + (high - low) * unit);
    }
    return values;
}

/// `uniform` with the special values strewn in.
template <numeric_format T>
std::vector<T> uniform_with_specials(std::size_t n, unsigned seed) {
    std::vector<T> values = uniform<T>(n, seed);
    std::mt19937 engine(seed + 1);
    for (const float special : special_floats()) {
        if (n != 0) {
            values[engine() % n] = convert_to<T>(special);
        }
    }
    return values;
}

/// The exact value of a stored number.
template <numeric_format T>
double exact(T value) {
    return static_cast<double>(convert_to<float>(value));
}

/// Whether two results are the same bits, or both NaN: payloads are not specified.
template <numeric_format T>
bool same(T x, T y) {
    const auto a = convert_to<float>(x);
    const auto b = convert_to<float>(y);
    return (a != a && b != b) || std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}

/// How many elements of two equally long results differ.
template <numeric_format T>
std::size_t differing(const std::vector<T>& x, const std::vector<T>& y) {
    std::size_t count = x.size() == y.size() ? 0 : x.size() + y.size();
    for (std::size_t i = 0; i < x.size() && i < y.size(); ++i) {
        count += same(x[i], y[i]) ? 0U : 1U;
    }
    return count;
}

/// The distance from one float to the next at the magnitude of `value`.
inline double unit_in_last_place(double value) {
    const int exponent = value == 0 || !std::isfinite(value) ? -126 : std::ilogb(value);
    return std::ldexp(1.0, (exponent < -126 ? -126 : exponent) - 23);
}

/// Bound on the error of storing a float result as `T`: one rounding, subnormals flushed.
template <numeric_format T>
double store_bound(double value) {
    const double flushed = format_of<T> == format::f16 ? smallest_subnormal(format::f16)
                                                       : smallest_normal(format::f32);
    return unit_roundoff(format_of<T>) * std::abs(value) + flushed;
}

/// Whether `got` is `want` within `bound`; beyond the largest value of `T` infinity is right.
template <numeric_format T>
bool within(T got, double want, double bound) {
    const double value = exact(got);
    if (std::isnan(want)) {
        return std::isnan(value);
    }
    if (std::isinf(value)) {
        return std::signbit(value) == std::signbit(want)
               && std::abs(want) + bound >= largest(format_of<T>);
    }
    return std::abs(value - want) <= bound;
}

}  // namespace soma::test
