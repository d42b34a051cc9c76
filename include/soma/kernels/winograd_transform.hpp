// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The two transforms of Winograd's filtering on one tile and one vector of channels, in registers.

#include <array>
#include <cstddef>

#include <soma/base/unroll.hpp>
#include <soma/kernels/winograd_matrices.hpp>
#include <soma/simd/compat.hpp>
#include <soma/simd/vec.hpp>

SOMA_INTRINSICS_BEGIN

namespace soma::kernels {

namespace detail {

/// A vector of channels for each pixel, or product, along one axis of a tile.
template <class Isa, int Count>
using winograd_line = std::array<simd::vec<Isa>, std::size_t{Count}>;

/// `input_matrix` times `x`.
template <class Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE winograd_line<Isa, 4> winograd_input_pass(
    const winograd_line<Isa, 4>& x) noexcept {
    return {x[2] - x[0], x[1] + x[2], x[2] - x[1], x[3] - x[1]};
}

/// `output_matrix` times `m`.
template <class Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE winograd_line<Isa, 2> winograd_output_pass(
    const winograd_line<Isa, 4>& m) noexcept {
    return {m[0] + (m[1] + m[2]), (m[1] - m[2]) + m[3]};
}

/// The same in twelve fused multiply-adds: points of opposite sign share even and odd parts.
template <class Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE winograd_line<Isa, 6> winograd_input_pass(
    const winograd_line<Isa, 6>& x) noexcept {
    using vec = simd::vec<Isa>;
    constexpr double a = winograd_points<4>[1], b = winograd_points<4>[3];
    const vec product(static_cast<float>(a * a * b * b));
    const vec minus_sum(static_cast<float>(-(a * a + b * b)));
    const vec minus_a2(static_cast<float>(-a * a)), minus_b2(static_cast<float>(-b * b));
    const vec plus_a(static_cast<float>(a)), minus_a(static_cast<float>(-a));
    const vec plus_b(static_cast<float>(b)), minus_b(static_cast<float>(-b));
    const vec even_a = simd::mul_add(minus_b2, x[2], x[4]);
    const vec odd_a = simd::mul_add(minus_b2, x[1], x[3]);
    const vec even_b = simd::mul_add(minus_a2, x[2], x[4]);
    const vec odd_b = simd::mul_add(minus_a2, x[1], x[3]);
    return {simd::mul_add(product, x[0], simd::mul_add(minus_sum, x[2], x[4])),
            simd::mul_add(plus_a, odd_a, even_a),
            simd::mul_add(minus_a, odd_a, even_a),
            simd::mul_add(plus_b, odd_b, even_b),
            simd::mul_add(minus_b, odd_b, even_b),
            simd::mul_add(product, x[1], simd::mul_add(minus_sum, x[3], x[5]))};
}

template <class Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE winograd_line<Isa, 4> winograd_output_pass(
    const winograd_line<Isa, 6>& m) noexcept {
    using vec = simd::vec<Isa>;
    constexpr double a = winograd_points<4>[1], b = winograd_points<4>[3];
    const vec a1(static_cast<float>(a)), a2(static_cast<float>(a * a));
    const vec a3(static_cast<float>(a * a * a));
    const vec b1(static_cast<float>(b)), b2(static_cast<float>(b * b));
    const vec b3(static_cast<float>(b * b * b));
    const vec sum_a = m[1] + m[2], difference_a = m[1] - m[2];
    const vec sum_b = m[3] + m[4], difference_b = m[3] - m[4];
    return {(m[0] + sum_a) + sum_b, simd::mul_add(b1, difference_b, a1 * difference_a),
            simd::mul_add(b2, sum_b, a2 * sum_a),
            simd::mul_add(b3, difference_b, simd::mul_add(a3, difference_a, m[5]))};
}

}  // namespace detail

/// Writes the transformed values of a tile `stride` floats apart. `load(i, j)` gives the inputs
/// of pixel (i, j) of the tile. \pre `to` is a multiple of the register's size, `stride` too.
template <class Isa, int M, class Load>
SOMA_ALWAYS_INLINE void winograd_transform_input(Load&& load,
                                                 float* to,
                                                 std::ptrdiff_t stride) noexcept {
    std::array<detail::winograd_line<Isa, M + 2>, std::size_t{M + 2}> half;
    unroll<M + 2>([&](auto j) SOMA_ALWAYS_INLINE_LAMBDA {
        detail::winograd_line<Isa, M + 2> column;
        unroll<M + 2>([&](auto i) SOMA_ALWAYS_INLINE_LAMBDA { column[i] = load(i, j); });
        const auto passed = detail::winograd_input_pass<Isa>(column);
        unroll<M + 2>([&](auto i) SOMA_ALWAYS_INLINE_LAMBDA { half[i][j] = passed[i]; });
    });
    unroll<M + 2>([&](auto i) SOMA_ALWAYS_INLINE_LAMBDA {
        const auto passed = detail::winograd_input_pass<Isa>(half[i]);
        unroll<M + 2>([&](auto j) SOMA_ALWAYS_INLINE_LAMBDA {
            simd::store_aligned(passed[j], to + (i * (M + 2) + j) * stride);
        });
    });
}

/// Reads the products of a tile, `stride` floats apart, and calls `finish(i, row)` with the
/// outputs of each row i. \pre `from` is a multiple of the register's size, `stride` too.
template <class Isa, int M, class Finish>
SOMA_ALWAYS_INLINE void winograd_transform_output(const float* from,
                                                  std::ptrdiff_t stride,
                                                  Finish&& finish) noexcept {
    std::array<detail::winograd_line<Isa, M + 2>, std::size_t{M}> half;
    unroll<M + 2>([&](auto j) SOMA_ALWAYS_INLINE_LAMBDA {
        detail::winograd_line<Isa, M + 2> column;
        unroll<M + 2>([&](auto i) SOMA_ALWAYS_INLINE_LAMBDA {
            column[i] = simd::load_aligned<Isa>(from + (i * (M + 2) + j) * stride);
        });
        const auto passed = detail::winograd_output_pass<Isa>(column);
        unroll<M>([&](auto i) SOMA_ALWAYS_INLINE_LAMBDA { half[i][j] = passed[i]; });
    });
    unroll<M>([&](auto i) SOMA_ALWAYS_INLINE_LAMBDA {
        finish(i, detail::winograd_output_pass<Isa>(half[i]));
    });
}

}  // namespace soma::kernels

SOMA_INTRINSICS_END
