// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What roundings do to a few outputs at once: sums over sensitivity times magnitude.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include <soma/numeric/format.hpp>

namespace soma::perf {

/// Outputs that one sweep serves.
inline constexpr std::size_t adjoint_lanes = 8;

/// One number for each of these outputs.
struct lanes {
    std::array<double, adjoint_lanes> at{};

    void add(const lanes& x, double factor) noexcept {
        for (std::size_t i = 0; i < adjoint_lanes; ++i) {
            at[i] += x.at[i] * factor;
        }
    }
    [[nodiscard]] bool is_zero() const noexcept {
        double sum = 0;
        for (const double x : at) {
            sum += std::abs(x);
        }
        return sum == 0;
    }
};

/// All roundings of one kind: sensitivity times magnitude, summed as squares and as magnitudes.
struct effect {
    lanes squares, magnitudes;

    void add(const lanes& sensitivity, double magnitude) noexcept {
        add(sensitivity, magnitude * magnitude, std::abs(magnitude));
    }
    /// Several independent roundings that one sensitivity belongs to.
    void add(const lanes& sensitivity, double all_squares, double all_magnitudes) noexcept {
        for (std::size_t i = 0; i < adjoint_lanes; ++i) {
            squares.at[i] += sensitivity.at[i] * sensitivity.at[i] * all_squares;
            magnitudes.at[i] += std::abs(sensitivity.at[i]) * all_magnitudes;
        }
    }
};

/// What one sweep finds; multiply by the format's unit roundoff to have errors.
struct adjoint_effects {
    effect arithmetic;                 ///< what is computed in FP32
    effect direct, filtered;           ///< convolutions either way, where there are two
    effect weights_f16, weights_bf16;  ///< weights and multipliers in a format of 16 bits
    std::vector<effect> sites;         ///< in the order of the sites asked for
};

/// Magnitude that a rounding of `value` to `to` is relative to: subnormal numbers are spaced as the
/// smallest normal one is, and zero is exact.
[[nodiscard]] inline double rounded_magnitude(format to, double value) noexcept {
    if (to != format::f16 || value == 0) {
        return std::abs(value);
    }
    return std::max(std::abs(value), smallest_normal(format::f16));
}

}  // namespace soma::perf
