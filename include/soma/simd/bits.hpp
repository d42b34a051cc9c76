// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Arithmetic on the bit patterns of floats: signs, exponents, short significands.

#include <cstdint>

#include <soma/base/unroll.hpp>
#include <soma/simd/vec.hpp>

namespace soma::simd {

namespace detail {

/// The patterns of a register of floats. The compilers' own vectors: their shifts and casts are the
/// same in every version, and g++ 12 warns of the undefined operand in the AVX-512 intrinsics.
template <instruction_set Isa>
struct integers {
    typedef std::uint32_t type __attribute__((vector_size(sizeof(float) * Isa::lanes)));
    typedef std::int32_t signed_type __attribute__((vector_size(sizeof(float) * Isa::lanes)));
    typedef float float_type __attribute__((vector_size(sizeof(float) * Isa::lanes)));
};

template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE auto pattern(vec<Isa> x) noexcept {
    return reinterpret_cast<typename integers<Isa>::type>(x.raw());
}

template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> from_pattern(typename integers<Isa>::type x) noexcept {
    using register_type = typename vec<Isa>::register_type;
    return vec<Isa>(reinterpret_cast<register_type>(x));
}

inline constexpr std::uint32_t sign_bit = 0x8000'0000U;
inline constexpr int significand_bits = 23;

}  // namespace detail

/// The magnitude, of NaN as well.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> abs(vec<Isa> x) noexcept {
    return detail::from_pattern<Isa>(detail::pattern(x) & ~detail::sign_bit);
}

/// `x` with its sign changed, also where it is zero or NaN.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> negate(vec<Isa> x) noexcept {
    return detail::from_pattern<Isa>(detail::pattern(x) ^ detail::sign_bit);
}

/// The magnitude of `x` with the sign of `sign`.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> copy_sign(vec<Isa> x, vec<Isa> sign) noexcept {
    return detail::from_pattern<Isa>((detail::pattern(x) & ~detail::sign_bit)
                                     | (detail::pattern(sign) & detail::sign_bit));
}

/// `x` cut to its upper 12 significand bits, so that the square of the result is exact.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> upper_half(vec<Isa> x) noexcept {
    return detail::from_pattern<Isa>(detail::pattern(x) & 0xFFFF'F000U);
}

/// A float that holds an integer in its lowest significand bits: see `rounded_integer`.
inline constexpr float integer_shift = 0x1.8p23F;

/// `integer_shift + n` for the integer `n` nearest to `x`. \pre `x` is within 2^22 of zero.
///
/// Subtracting `integer_shift` gives `n` as a float, `scale_by_power` uses it as an exponent;
/// neither needs the conversions that instruction sets disagree on.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> rounded_integer(vec<Isa> x) noexcept {
    return x + vec<Isa>(integer_shift);
}

/// `x` times two to the power of the integer in `shifted` (see `rounded_integer`).
/// \pre `x` and the product are normal numbers; elsewhere the result is meaningless.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> scale_by_power(vec<Isa> x, vec<Isa> shifted) noexcept {
    return detail::from_pattern<Isa>(detail::pattern(x)
                                     + (detail::pattern(shifted) << detail::significand_bits));
}

/// A positive normal number as `significand * 2^exponent` with a significand next to one.
template <instruction_set Isa>
struct significand_and_exponent {
    vec<Isa> significand;  ///< in [sqrt(1/2), sqrt(2))
    vec<Isa> exponent;
};

/// Takes a number apart. \pre `x` is a positive normal number.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE significand_and_exponent<Isa> split(vec<Isa> x) noexcept {
    constexpr std::uint32_t sqrt_half = 0x3F35'04F3U;
    const auto offset = detail::pattern(x) - sqrt_half;
    const auto exponent = reinterpret_cast<typename detail::integers<Isa>::signed_type>(offset)
                          >> detail::significand_bits;
    using float_type = typename detail::integers<Isa>::float_type;
    using register_type = typename vec<Isa>::register_type;
    const auto converted = __builtin_convertvector(exponent, float_type);
    return {detail::from_pattern<Isa>((offset & 0x007F'FFFFU) + sqrt_half),
            vec<Isa>(reinterpret_cast<register_type>(converted))};
}

}  // namespace soma::simd
