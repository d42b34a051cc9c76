// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Instruction sets as types. Every template whose code depends on one takes it as a parameter, so
/// that translation units built with different flags never share an instantiation.

#include <concepts>
#include <string_view>
#include <type_traits>

namespace soma::simd {

namespace isa {

/// What the platform guarantees: SSE2 on x86-64, Advanced SIMD on AArch64.
struct baseline {
    static constexpr int lanes = 4;
#if defined(__aarch64__)
    static constexpr int registers = 32;
    static constexpr bool fused_multiply_add = true;
#else
    static constexpr int registers = 16;
    static constexpr bool fused_multiply_add = false;
#endif
    static constexpr bool native_bf16 = false;
    static constexpr bool matrix_tiles = false;
    static constexpr std::string_view name = "baseline";
};

/// AVX2 with FMA and F16C.
struct avx2 {
    static constexpr int lanes = 8;
    static constexpr int registers = 16;
    static constexpr bool fused_multiply_add = true;
    static constexpr bool native_bf16 = false;
    static constexpr bool matrix_tiles = false;
    static constexpr std::string_view name = "avx2";
};

/// AVX-512 F, CD, BW, DQ and VL.
struct avx512 {
    static constexpr int lanes = 16;
    static constexpr int registers = 32;
    static constexpr bool fused_multiply_add = true;
    static constexpr bool native_bf16 = false;
    static constexpr bool matrix_tiles = false;
    static constexpr std::string_view name = "avx512";
};

/// AVX-512 with the BF16 dot product.
struct avx512_bf16 {
    static constexpr int lanes = 16;
    static constexpr int registers = 32;
    static constexpr bool fused_multiply_add = true;
    static constexpr bool native_bf16 = true;
    static constexpr bool matrix_tiles = false;
    static constexpr std::string_view name = "avx512_bf16";
};

/// AVX-512 with BF16 and the matrix tiles that multiply it (Intel's AMX).
struct amx_bf16 {
    static constexpr int lanes = 16;
    static constexpr int registers = 32;
    static constexpr bool fused_multiply_add = true;
    static constexpr bool native_bf16 = true;
    static constexpr bool matrix_tiles = true;
    static constexpr std::string_view name = "amx_bf16";
};

}  // namespace isa

/// A type that names an instruction set.
template <class T>
concept instruction_set = std::is_empty_v<T> && requires {
    { T::lanes } -> std::convertible_to<int>;
    { T::registers } -> std::convertible_to<int>;
    { T::fused_multiply_add } -> std::convertible_to<bool>;
    { T::native_bf16 } -> std::convertible_to<bool>;
    { T::matrix_tiles } -> std::convertible_to<bool>;
    { T::name } -> std::convertible_to<std::string_view>;
};

static_assert(instruction_set<isa::baseline> && instruction_set<isa::avx2>
              && instruction_set<isa::avx512> && instruction_set<isa::avx512_bf16>
              && instruction_set<isa::amx_bf16>);

/// Whether this translation unit's compiler flags allow code for `Isa`.
template <instruction_set Isa>
inline constexpr bool enabled = std::same_as<Isa, isa::baseline>;

#if defined(__AVX2__) && defined(__FMA__) && defined(__F16C__)
#define SOMA_HAS_AVX2 1
template <>
inline constexpr bool enabled<isa::avx2> = true;
#else
#define SOMA_HAS_AVX2 0
#endif

#if SOMA_HAS_AVX2 && defined(__AVX512F__) && defined(__AVX512CD__) && defined(__AVX512BW__) \
    && defined(__AVX512DQ__) && defined(__AVX512VL__)
#define SOMA_HAS_AVX512 1
template <>
inline constexpr bool enabled<isa::avx512> = true;
#else
#define SOMA_HAS_AVX512 0
#endif

#if SOMA_HAS_AVX512 && defined(__AVX512BF16__)
#define SOMA_HAS_AVX512_BF16 1
template <>
inline constexpr bool enabled<isa::avx512_bf16> = true;
#else
#define SOMA_HAS_AVX512_BF16 0
#endif

#if SOMA_HAS_AVX512_BF16 && defined(__AMX_TILE__) && defined(__AMX_BF16__)
#define SOMA_HAS_AMX_BF16 1
template <>
inline constexpr bool enabled<isa::amx_bf16> = true;
#else
#define SOMA_HAS_AMX_BF16 0
#endif

/// The best instruction set this translation unit's flags allow.
#if SOMA_HAS_AMX_BF16
using native = isa::amx_bf16;
#elif SOMA_HAS_AVX512_BF16
using native = isa::avx512_bf16;
#elif SOMA_HAS_AVX512
using native = isa::avx512;
#elif SOMA_HAS_AVX2
using native = isa::avx2;
#else
using native = isa::baseline;
#endif

}  // namespace soma::simd
