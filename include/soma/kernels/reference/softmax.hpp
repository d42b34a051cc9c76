// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The definitions of softmax and its logarithm over the channels of each row, in double.

#include <cmath>
#include <cstddef>

#include <soma/numeric/convert.hpp>

namespace soma::kernels::reference {

/// `out[r][i] = exp(in[r][i]) / sum_j exp(in[r][j])`, or its logarithm; rows of `out` hold `c`.
template <bool Logarithm, numeric_format In>
void softmax_rows(const In* in, std::size_t rows, int c, int pitch, double* out) noexcept {
    for (std::size_t r = 0; r < rows; ++r) {
        const In* const row = in + r * static_cast<std::size_t>(pitch);
        const auto value = [&](int i) { return static_cast<double>(convert_to<float>(row[i])); };
        double largest = value(0);
        for (int i = 1; i < c; ++i) {
            largest = value(i) > largest ? value(i) : largest;
        }
        double sum = 0;
        for (int i = 0; i < c; ++i) {
            sum += std::exp(value(i) - largest);
        }
        for (int i = 0; i < c; ++i) {
            const double shifted = value(i) - largest;
            *out++ = Logarithm ? shifted - std::log(sum) : std::exp(shifted) / sum;
        }
    }
}

/// Softmax of each row.
template <numeric_format In>
void softmax(const In* in, std::size_t rows, int c, int pitch, double* out) noexcept {
    softmax_rows<false>(in, rows, c, pitch, out);
}

/// Logarithm of the softmax of each row.
template <numeric_format In>
void log_softmax(const In* in, std::size_t rows, int c, int pitch, double* out) noexcept {
    softmax_rows<true>(in, rows, c, pitch, out);
}

}  // namespace soma::kernels::reference
