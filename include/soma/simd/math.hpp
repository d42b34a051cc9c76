// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Elementary functions on registers, with the same bits on every instruction set.
///
/// Each is a fixed sequence of separately rounded operations, so the errors stated below, in units
/// of the last place against the exact value, are facts rather than bounds: they were found by
/// trying every float. The hidden test `[exhaustive]` of tests/simd/math_test.cpp finds them again.
/// The errors hold where the exact result is normal; what happens below is said at each function.

#include <limits>

#include <soma/base/unroll.hpp>
#include <soma/simd/bits.hpp>
#include <soma/simd/mask.hpp>
#include <soma/simd/vec.hpp>

namespace soma::simd {

namespace detail {

/// A polynomial by Horner's rule, highest power first.
template <instruction_set Isa, class... Rest>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> polynomial(vec<Isa> x,
                                                     float first,
                                                     Rest... rest) noexcept {
    vec<Isa> sum(first);
    ((sum = sum * x + vec<Isa>(rest)), ...);
    return sum;
}

// ln 2 in two parts: the first has nine bits, so its product with an exponent is exact.
inline constexpr float ln2_upper = 0x1.63p-1F;
inline constexpr float ln2_lower = -0x1.bd0106p-13F;

/// `exp(x) = (1 + fraction) * 2^power`, `power` as `rounded_integer` gives it.
template <instruction_set Isa>
struct exp_parts {
    vec<Isa> fraction;
    vec<Isa> power;
};

/// The parts of `exp(x + rest)` for a `rest` far smaller than one.
/// \pre `x` is within 2^14 of zero, else the parts are meaningless.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE exp_parts<Isa> split_exp(vec<Isa> x,
                                                          vec<Isa> rest = zero<Isa>()) noexcept {
    constexpr float log2_e = 0x1.715476p+0F;
    const vec<Isa> power = rounded_integer(x * vec<Isa>(log2_e));
    const vec<Isa> n = power - vec<Isa>(integer_shift);
    const vec<Isa> upper = x - n * vec<Isa>(ln2_upper);
    const vec<Isa> r = upper - n * vec<Isa>(ln2_lower) + rest;
    // Minimax on |r| <= ln(2) / 2 for the relative error of exp(r) - 1: 1.4e-8.
    const vec<Isa> tail = polynomial(r, 0x1.6b9caap-10F, 0x1.12256p-7F, 0x1.5556f2p-5F,
                                     0x1.5554b4p-3F, 0x1.fffffep-2F);
    return {r * r * tail + r, power};
}

/// `exp(x)` where it is normal, meaningless elsewhere.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> normal_exp(vec<Isa> x,
                                                     vec<Isa> rest = zero<Isa>()) noexcept {
    const auto [fraction, power] = split_exp(x, rest);
    return scale_by_power(fraction + vec<Isa>(1.0F), power);
}

}  // namespace detail

/// `exp(x)`, within 1.01 ulp. Zero where the exact value is below the smallest normal number.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> exp(vec<Isa> x) noexcept {
    constexpr float first_zero = -0x1.5d58ap6F;     // exp of the next float up is normal
    constexpr float first_infinite = 0x1.62e43p6F;  // exp of the next float down is finite
    constexpr float largest = std::numeric_limits<float>::max();
    // 0, infinity or NaN; a comparison with NaN is false, so both tests ask for the good case.
    const vec<Isa> limit = max(zero<Isa>(), x) * vec<Isa>(largest);
    const vec<Isa> value = detail::normal_exp(x);
    return select(less(vec<Isa>(first_zero), x),
                  select(less(x, vec<Isa>(first_infinite)), value, limit), limit);
}

/// `exp(x) - 1` for `x <= 0`, within 1.04 ulp and without cancellation. \pre `x` is not positive.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> exp_minus_one(vec<Isa> x) noexcept {
    constexpr float rounds_to_minus_one = -20.0F;
    const auto [fraction, power] = detail::split_exp(max(vec<Isa>(rounds_to_minus_one), x));
    const vec<Isa> one(1.0F);
    const vec<Isa> scale = scale_by_power(one, power);
    // The scale of NaN is some number below one, and the fraction is NaN.
    return scale * fraction + (scale - one);
}

/// Natural logarithm, within 0.87 ulp. Subnormal numbers count as zero, whose logarithm is
/// minus infinity; that of negative numbers is NaN.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> log(vec<Isa> x) noexcept {
    using limits = std::numeric_limits<float>;
    const auto [significand, exponent] = split(x);
    const vec<Isa> f = significand - vec<Isa>(1.0F);
    const vec<Isa> square = f * f;
    // Minimax on [sqrt(1/2) - 1, sqrt(2) - 1] for the relative error of log(1 + f): 5.9e-9.
    const vec<Isa> tail =
        detail::polynomial(f, -0x1.38c2a6p-4F, 0x1.055ce8p-3F, -0x1.0d82a4p-3F, 0x1.22d96ep-3F,
                           -0x1.547288p-3F, 0x1.99a01ap-3F, -0x1.000226p-2F, 0x1.555554p-2F);
    const vec<Isa> small =
        f * square * tail + exponent * vec<Isa>(detail::ln2_lower) - square * vec<Isa>(0.5F);
    const vec<Isa> value = f + small + exponent * vec<Isa>(detail::ln2_upper);

    const vec<Isa> infinity(limits::infinity());
    const vec<Isa> not_positive =
        select(less(x, zero<Isa>()), vec<Isa>(limits::quiet_NaN()), negate(infinity));
    // Infinity and NaN are their own logarithms.
    const vec<Isa> not_small = select(less(x, infinity), value, x);
    return select(less(x, vec<Isa>(limits::min())), not_positive, not_small);
}

/// `1 / (1 + exp(-x))`, within 2.5 ulp. Zero where exp(-x) overflows.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> sigmoid(vec<Isa> x) noexcept {
    const vec<Isa> one(1.0F);
    return one / (one + exp(negate(x)));
}

/// Hyperbolic tangent, within 2.5 ulp.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> tanh(vec<Isa> x) noexcept {
    const vec<Isa> shrunk = exp_minus_one(abs(x) * vec<Isa>(-2.0F));
    return copy_sign(shrunk / (shrunk + vec<Isa>(2.0F)), x);
}

/// The standard normal distribution's mass beyond `a`: erfc(a / sqrt(2)) / 2, within 4.8 ulp.
/// Zero from 12.925 on, where it falls below the smallest normal number. \pre `a >= 0` or NaN.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> normal_tail(vec<Isa> a) noexcept {
    constexpr float first_zero = 12.925F;
    // The tail is exp(-a^2 / 2) times a function that is nearly linear in t.
    constexpr float bend = 17.0F / 64.0F;
    const vec<Isa> bent = a * vec<Isa>(bend);
    const vec<Isa> t = vec<Isa>(1.0F) / (vec<Isa>(1.0F) + bent);
    // t - 1/2, written so that it is accurate where the polynomial is steep.
    const vec<Isa> centred = vec<Isa>(0.5F) - bent * t;
    // Minimax on [0, 13.25] for the relative error: 1.3e-8.
    const vec<Isa> slow =
        t
        * detail::polynomial(centred, 0x1.f79392p-6F, -0x1.42b9f4p-6F, -0x1.23c5b0p-4F,
                             -0x1.affc74p-8F, 0x1.51798ep-3F, 0x1.4e3ae2p-2F, 0x1.8248e8p-2F,
                             0x1.40a580p-2F, 0x1.985502p-3F);
    // exp multiplies an absolute error of its argument, so the square is kept in two parts.
    const vec<Isa> upper = upper_half(a);
    const vec<Isa> minus_half(-0.5F);
    const auto [fraction, power] =
        detail::split_exp(upper * upper * minus_half, (a - upper) * minus_half * (a + upper));
    const vec<Isa> value = scale_by_power((fraction + vec<Isa>(1.0F)) * slow, power);
    const vec<Isa> limit = select(is_nan(a), a, zero<Isa>());
    return select(less(a, vec<Isa>(first_zero)), value, limit);
}

/// The error function, within 1.42 ulp.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> erf(vec<Isa> x) noexcept {
    const vec<Isa> a = abs(x);
    const vec<Isa> square = a * a;
    // Minimax on [0, 1] for the relative error: 1.4e-9.
    const vec<Isa> slope =
        detail::polynomial(square, 0x1.4771fep-14F, -0x1.a3515ep-11F, 0x1.53f224p-8F,
                           -0x1.b7f71ap-6F, 0x1.ce2ce6p-4F, -0x1.81273ep-2F, 0x1.06eba8p-3F);
    constexpr float sqrt_two = 0x1.6a09e6p+0F;
    const vec<Isa> beyond = normal_tail(a * vec<Isa>(sqrt_two));
    const vec<Isa> far = vec<Isa>(1.0F) - vec<Isa>(2.0F) * beyond;
    return copy_sign(select(less(a, vec<Isa>(1.0F)), a * slope + a, far), x);
}

}  // namespace soma::simd
