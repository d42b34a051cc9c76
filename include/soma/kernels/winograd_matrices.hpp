// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The numbers of Winograd's minimal filtering F(m x m, 3 x 3), exact where FP32 can be.
///
/// m outputs of a three-tap filter, y = A [(G w) * (B x)], take m + 2 products instead of 3 m:
/// polynomials are multiplied by their values at m + 1 points and at infinity. In two dimensions
/// each matrix is applied along both axes. See docs/decisions/0010-winograd.md.

#include <array>
#include <cstddef>

namespace soma::kernels {

template <std::size_t Rows, std::size_t Columns>
using winograd_matrix = std::array<std::array<double, Columns>, Rows>;

namespace detail {

/// The points besides infinity, those of opposite sign side by side.
template <int M>
inline constexpr std::array<double, 0> winograd_points{};

template <>
inline constexpr std::array<double, 3> winograd_points<2>{0, 1, -1};

/// Any two magnitudes cost the same. These have powers that FP32 holds exactly, and their error is
/// 0.43 times that of the customary 1 and 2: the transformed numbers are more alike in size.
template <>
inline constexpr std::array<double, 5> winograd_points<4>{0, 0.625, -0.625, 1.5, -1.5};

}  // namespace detail

/// F(M x M, 3 x 3) for `M` = 2 or 4.
template <int M>
struct winograd_filter {
    static_assert(M == 2 || M == 4, "winograd_filter: tiles have 2x2 or 4x4 outputs");

    static constexpr int outputs = M;                    ///< of a tile along an axis
    static constexpr int inputs = M + 2;                 ///< tiles overlap by two
    static constexpr int positions = inputs * inputs;    ///< products per tile and channel pair
    static constexpr std::size_t rows = std::size_t{M};  ///< of `output_matrix`
    static constexpr std::size_t size = rows + 2;        ///< of `input_matrix`
    static constexpr auto& points = detail::winograd_points<M>;

    /// A: from values at the points to outputs.
    static constexpr winograd_matrix<rows, size> output_matrix = [] {
        winograd_matrix<rows, size> a{};
        for (std::size_t k = 0; k + 1 < size; ++k) {
            double power = 1;
            for (std::size_t i = 0; i < rows; ++i) {
                a[i][k] = power;
                power *= points[k];
            }
        }
        a[rows - 1][size - 1] = 1;
        return a;
    }();

    /// B: from inputs to what is multiplied; row k has the coefficients of the polynomial that is
    /// zero at all points but point k, the last row those of the one that is zero at all.
    static constexpr winograd_matrix<size, size> input_matrix = [] {
        winograd_matrix<size, size> b{};
        for (std::size_t k = 0; k < size; ++k) {
            b[k][0] = 1;
            std::size_t degree = 0;
            for (std::size_t q = 0; q + 1 < size; ++q) {
                if (q == k) {
                    continue;
                }
                ++degree;
                for (std::size_t i = degree + 1; i-- > 0;) {
                    b[k][i] = (i > 0 ? b[k][i - 1] : 0.0) - points[q] * b[k][i];
                }
            }
        }
        return b;
    }();

    /// G: from filters to what is multiplied; not exact for M = 4, hence applied in double, when
    /// weights are packed.
    static constexpr winograd_matrix<size, 3> filter_matrix = [] {
        winograd_matrix<size, 3> g{};
        for (std::size_t k = 0; k + 1 < size; ++k) {
            double scale = 1;
            for (std::size_t q = 0; q + 1 < size; ++q) {
                scale *= q == k ? 1.0 : points[k] - points[q];
            }
            g[k] = {1 / scale, points[k] / scale, points[k] * points[k] / scale};
        }
        g[size - 1][2] = 1;
        return g;
    }();
};

/// `outer * x * transpose(outer)`.
template <std::size_t Rows, std::size_t Columns>
[[nodiscard]] constexpr winograd_matrix<Rows, Rows> along_both_axes(
    const winograd_matrix<Rows, Columns>& outer,
    const winograd_matrix<Columns, Columns>& x) noexcept {
    winograd_matrix<Rows, Columns> half{};
    winograd_matrix<Rows, Rows> result{};
    for (std::size_t i = 0; i < Rows; ++i) {
        for (std::size_t k = 0; k < Columns; ++k) {
            for (std::size_t j = 0; j < Columns; ++j) {
                half[i][j] += outer[i][k] * x[k][j];
            }
        }
        for (std::size_t k = 0; k < Columns; ++k) {
            for (std::size_t j = 0; j < Rows; ++j) {
                result[i][j] += half[i][k] * outer[j][k];
            }
        }
    }
    return result;
}

}  // namespace soma::kernels
