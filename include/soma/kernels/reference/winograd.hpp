// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Winograd's filtering spelled out for one output, and how far FP32 may take it from the
/// convolution it computes.

#include <cstddef>

#include <soma/kernels/geometry.hpp>
#include <soma/kernels/winograd_matrices.hpp>
#include <soma/numeric/format.hpp>

namespace soma::kernels::reference {

/// What one output is made of.
struct winograd_sum {
    double value;      ///< the bias and A [sum of (G w G') * (B x B')] A', in double
    double magnitude;  ///< the same with every matrix, number and sum replaced by absolute values
    int roundings;     ///< to FP32 on the longest way from an operand to the output
};

/// The largest error of an output: to first order each of n roundings moves a sum of absolute
/// values S by at most u S; to all orders n u / (1 - n u) S bounds them together.
[[nodiscard]] constexpr double winograd_error(const winograd_sum& sum) noexcept {
    const double nu = sum.roundings * unit_roundoff(format::f32);
    return nu / (1 - nu) * sum.magnitude;
}

namespace detail {

[[nodiscard]] constexpr double magnitude_of(double x) noexcept {
    return x < 0 ? -x : x;
}

template <std::size_t Rows, std::size_t Columns>
[[nodiscard]] constexpr winograd_matrix<Rows, Columns> magnitudes_of(
    winograd_matrix<Rows, Columns> matrix) noexcept {
    for (auto& row : matrix) {
        for (double& x : row) {
            x = magnitude_of(x);
        }
    }
    return matrix;
}

}  // namespace detail

/// The sum for output channel `o` at pixel (`y`, `x`) of image `n`, over weights given as
/// `[out][in][3][3]`. \pre `winograd_possible(g)`.
///
/// The bound counts, as a chain: a pass of the input transform multiplies and adds at most twice,
/// two passes are eight roundings where products are rounded on their own; transformed weights are
/// rounded once and have been computed in double; a product and its addition to the sum of
/// channels two each; a pass of the output transform is at most five; the bias is one.
template <int M>
[[nodiscard]] winograd_sum winograd(const conv_geometry& g,
                                    const float* in,
                                    const float* weights,
                                    const float* bias,
                                    int n,
                                    int y,
                                    int x,
                                    int o) noexcept {
    using filtering = winograd_filter<M>;
    using tile = winograd_matrix<filtering::size, filtering::size>;
    constexpr auto out_magnitudes = detail::magnitudes_of(filtering::output_matrix);
    constexpr auto in_magnitudes = detail::magnitudes_of(filtering::input_matrix);
    const int top = y / M * M - g.pad_h;
    const int left = x / M * M - g.pad_w;
    tile sums{}, magnitudes{};
    for (int c = 0; c < g.in_c; ++c) {
        tile pixels{};
        for (int i = 0; i < filtering::inputs; ++i) {
            for (int j = 0; j < filtering::inputs; ++j) {
                const bool inside =
                    top + i >= 0 && top + i < g.in_h && left + j >= 0 && left + j < g.in_w;
                const std::ptrdiff_t pixel =
                    (std::ptrdiff_t{n} * g.in_h + top + i) * g.in_w + left + j;
                pixels[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)] =
                    inside ? static_cast<double>(in[pixel * g.in_pitch + c]) : 0.0;
            }
        }
        winograd_matrix<3, 3> filter{};
        for (std::size_t tap = 0; tap < 9; ++tap) {
            filter[tap / 3][tap % 3] = static_cast<double>(
                weights[(std::ptrdiff_t{o} * g.in_c + c) * 9 + static_cast<std::ptrdiff_t>(tap)]);
        }
        const tile u = along_both_axes(filtering::filter_matrix, filter);
        const tile v = along_both_axes(filtering::input_matrix, pixels);
        const tile v_magnitudes = along_both_axes(in_magnitudes, detail::magnitudes_of(pixels));
        for (std::size_t i = 0; i < filtering::size; ++i) {
            for (std::size_t j = 0; j < filtering::size; ++j) {
                sums[i][j] += u[i][j] * v[i][j];
                magnitudes[i][j] += detail::magnitude_of(u[i][j]) * v_magnitudes[i][j];
            }
        }
    }
    const auto row = static_cast<std::size_t>(y % M);
    const auto column = static_cast<std::size_t>(x % M);
    const double start = bias == nullptr ? 0.0 : static_cast<double>(bias[o]);
    return {start + along_both_axes(filtering::output_matrix, sums)[row][column],
            detail::magnitude_of(start) + along_both_axes(out_magnitudes, magnitudes)[row][column],
            2 * 4 + 1 + 2 * g.in_c + 2 * 5 + 1};
}

}  // namespace soma::kernels::reference
