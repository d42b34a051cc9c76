// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The activation functions on a register and on a run of floats.
///
/// PyTorch's definitions, and the same bits on every instruction set. Where PyTorch's formula
/// cancels, for `gelu` and `gelu_tanh` of negative numbers, an equal one that does not is used.

#include <soma/base/unroll.hpp>
#include <soma/kernels/activation_kind.hpp>
#include <soma/simd/bits.hpp>
#include <soma/simd/mask.hpp>
#include <soma/simd/math.hpp>
#include <soma/simd/vec.hpp>

namespace soma::kernels {

namespace detail {

/// min(1, max(0, x / 6 + 1 / 2)), exactly one from 3 on.
template <class Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE simd::vec<Isa> hard_sigmoid(simd::vec<Isa> x) noexcept {
    using vec = simd::vec<Isa>;
    const vec clipped = min(vec(6.0F), max(vec(0.0F), x + vec(3.0F)));
    return clipped * vec(1.0F / 6.0F);
}

}  // namespace detail

/// `Kind` of each lane. NaN stays NaN; its payload is not specified.
///
/// Largest errors against the exact function, in ulp where the result is normal: sigmoid 2.5,
/// tanh 2.5, silu 2.5, gelu 5.5, hard_sigmoid 1.4, hard_swish 2.5; elu 1.1 for a = 1 and 2.6 for
/// any a; gelu_tanh 2.5 + 2.9 |2 u|, u being the argument of its tanh. Results whose exact value
/// lies below 2e-36 may be zero: silu below -88.7, gelu below -12.9, gelu_tanh below -9.8.
template <activation Kind, class Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE simd::vec<Isa> activated(
    simd::vec<Isa> x, [[maybe_unused]] activation_parameters parameters) noexcept {
    using vec = simd::vec<Isa>;
    if constexpr (Kind == activation::relu) {
        return max(vec(0.0F), x);
    } else if constexpr (Kind == activation::clip) {
        return min(vec(parameters.b), max(vec(parameters.a), x));
    } else if constexpr (Kind == activation::leaky_relu) {
        return select(less(vec(0.0F), x), x, x * vec(parameters.a));
    } else if constexpr (Kind == activation::sigmoid) {
        return simd::sigmoid(x);
    } else if constexpr (Kind == activation::tanh) {
        return simd::tanh(x);
    } else if constexpr (Kind == activation::silu) {
        return x / (vec(1.0F) + simd::exp(negate(x)));
    } else if constexpr (Kind == activation::gelu) {
        const vec beyond = simd::normal_tail(abs(x));
        return x * select(less(x, vec(0.0F)), beyond, vec(1.0F) - beyond);
    } else if constexpr (Kind == activation::gelu_tanh) {
        // (1 + tanh u) / 2 is the logistic function of 2 u.
        constexpr double sqrt_two_over_pi = 0.79788456080286535588;
        const vec linear(static_cast<float>(-2 * sqrt_two_over_pi));
        const vec cubic(static_cast<float>(-2 * sqrt_two_over_pi * 0.044715));
        return x / (vec(1.0F) + simd::exp(x * (x * x * cubic + linear)));
    } else if constexpr (Kind == activation::hard_sigmoid) {
        return detail::hard_sigmoid(x);
    } else if constexpr (Kind == activation::hard_swish) {
        return x * detail::hard_sigmoid(x);
    } else if constexpr (Kind == activation::elu) {
        return select(less(vec(0.0F), x), x,
                      vec(parameters.a) * simd::exp_minus_one(min(vec(0.0F), x)));
    } else {
        static_assert(Kind == activation::none, "activated: an activation without a definition");
        return x;
    }
}

/// Applies `Kind` to `n` floats in place; the `post` function of an epilogue.
///
/// \pre `x` has room for `n` rounded up to a multiple of 16; what lies there is overwritten.
template <class Isa, activation Kind>
void activate_tile(float* x, int n, activation_parameters parameters) noexcept {
    for (int i = 0; i < n; i += Isa::lanes) {
        simd::store(activated<Kind>(simd::load<Isa>(x + i), parameters), x + i);
    }
}

/// The type of `activate_tile`.
using activation_function = void (*)(float*, int, activation_parameters) noexcept;

/// What an epilogue's `post` must be for `Kind`: null where kernels apply it in registers.
template <class Isa, activation Kind>
inline constexpr activation_function post_function =
    is_register_activation(Kind) ? nullptr : &activate_tile<Isa, Kind>;

}  // namespace soma::kernels
