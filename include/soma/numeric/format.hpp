// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The numeric formats as values, what each can represent, and the C++ type of each.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <soma/numeric/bfloat16.hpp>
#include <soma/numeric/float16.hpp>

namespace soma {

/// A floating-point format that operands and activations can be stored in.
enum class format : std::uint8_t { f32, f16, bf16 };

/// A C++ type that stores one of the formats.
template <class T>
concept numeric_format =
    std::same_as<T, float> || std::same_as<T, float16> || std::same_as<T, bfloat16>;

/// The format that `T` stores.
template <numeric_format T>
inline constexpr format format_of = std::same_as<T, float>     ? format::f32
                                    : std::same_as<T, float16> ? format::f16
                                                               : format::bf16;

/// The type that stores `Format`.
template <format Format>
using type_of_t = std::conditional_t<Format == format::f32,
                                     float,
                                     std::conditional_t<Format == format::f16, float16, bfloat16>>;

/// Bytes of one element.
[[nodiscard]] constexpr std::size_t size_of(format kind) noexcept {
    return kind == format::f32 ? 4 : 2;
}

/// The name that reports and messages use.
[[nodiscard]] constexpr std::string_view name(format kind) noexcept {
    return kind == format::f32 ? "fp32" : kind == format::f16 ? "fp16" : "bf16";
}

/// Largest relative error of one rounding to nearest while the result stays normal.
[[nodiscard]] constexpr double unit_roundoff(format kind) noexcept {
    return kind == format::f32 ? 0x1p-24 : kind == format::f16 ? 0x1p-11 : 0x1p-8;
}

/// Smallest positive value with a full significand.
[[nodiscard]] constexpr double smallest_normal(format kind) noexcept {
    return kind == format::f16 ? 0x1p-14 : 0x1p-126;
}

/// Smallest positive value; half of it is the largest absolute error below `smallest_normal`.
[[nodiscard]] constexpr double smallest_subnormal(format kind) noexcept {
    return kind == format::f32 ? 0x1p-149 : kind == format::f16 ? 0x1p-24 : 0x1p-133;
}

/// Largest finite value.
[[nodiscard]] constexpr double largest(format kind) noexcept {
    return kind == format::f32 ? 0x1.fffffep127 : kind == format::f16 ? 65504.0 : 0x1.fep127;
}

}  // namespace soma
