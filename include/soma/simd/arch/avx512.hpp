// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// AVX-512, with and without its BF16 extension.

#include <soma/simd/isa.hpp>

#if SOMA_HAS_AVX512

#include <cstdint>

#include <immintrin.h>
#include <xsimd/xsimd.hpp>

#include <soma/base/unroll.hpp>
#include <soma/simd/arch/ops.hpp>
#include <soma/simd/compat.hpp>

SOMA_INTRINSICS_BEGIN

namespace soma::simd::arch {

template <>
struct ops<isa::avx512> {
    using xsimd_arch = xsimd::avx512bw;
    using reg = __m512;
    using half = __m256i;
    using pairs = __m512i;

    SOMA_ALWAYS_INLINE static __mmask16 first(int count) noexcept {
        return static_cast<__mmask16>(_bzhi_u32(0xFFFFU, static_cast<unsigned>(count)));
    }

    /// Keeps the compiler from fusing the product `x` into a later sum.
    SOMA_ALWAYS_INLINE static reg opaque(reg x) noexcept {
        asm("" : "+v"(x));
        return x;
    }
    // xsimd before 11 multiplies and adds here, which clang does not fuse.
    SOMA_ALWAYS_INLINE static reg mul_add(reg x, reg y, reg z) noexcept {
        return _mm512_fmadd_ps(x, y, z);
    }
    SOMA_ALWAYS_INLINE static reg broadcast(float x) noexcept { return _mm512_set1_ps(x); }
    SOMA_ALWAYS_INLINE static reg max(reg x, reg y) noexcept { return _mm512_max_ps(x, y); }
    SOMA_ALWAYS_INLINE static reg min(reg x, reg y) noexcept { return _mm512_min_ps(x, y); }
    /// Masked rather than selected afterwards: two instructions instead of three.
    SOMA_ALWAYS_INLINE static reg max_or_nan(reg x, reg y) noexcept {
        return _mm512_mask_max_ps(x, _mm512_cmp_ps_mask(x, x, _CMP_ORD_Q), x, y);
    }

    SOMA_ALWAYS_INLINE static reg load(const float* from) noexcept { return _mm512_loadu_ps(from); }
    SOMA_ALWAYS_INLINE static reg load_aligned(const float* from) noexcept {
        return _mm512_load_ps(from);
    }
    SOMA_ALWAYS_INLINE static void store(reg x, float* to) noexcept { _mm512_storeu_ps(to, x); }
    SOMA_ALWAYS_INLINE static void store_aligned(reg x, float* to) noexcept {
        _mm512_store_ps(to, x);
    }
    SOMA_ALWAYS_INLINE static reg load_partial(const float* from, int count) noexcept {
        return _mm512_maskz_loadu_ps(first(count), from);
    }
    SOMA_ALWAYS_INLINE static void store_partial(reg x, float* to, int count) noexcept {
        _mm512_mask_storeu_ps(to, first(count), x);
    }
    SOMA_ALWAYS_INLINE static half load_half(const void* from) noexcept {
        return _mm256_loadu_si256(static_cast<const __m256i*>(from));
    }
    SOMA_ALWAYS_INLINE static half load_half_partial(const void* from, int count) noexcept {
        return _mm256_maskz_loadu_epi16(first(count), from);
    }
    SOMA_ALWAYS_INLINE static void store_half(half x, void* to) noexcept {
        _mm256_storeu_si256(static_cast<__m256i*>(to), x);
    }
    SOMA_ALWAYS_INLINE static void store_half_partial(half x, void* to, int count) noexcept {
        _mm256_mask_storeu_epi16(to, first(count), x);
    }

    SOMA_ALWAYS_INLINE static reg widen_bf16(half x) noexcept {
        return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(x), 16));
    }
    SOMA_ALWAYS_INLINE static half narrow_bf16(reg x) noexcept {
        const __m512i bits = _mm512_castps_si512(x);
        const __m512i upper = _mm512_srli_epi32(bits, 16);
        const __m512i odd = _mm512_and_si512(upper, _mm512_set1_epi32(1));
        const __m512i up = _mm512_add_epi32(_mm512_set1_epi32(0x7FFF), odd);
        const __m512i rounded = _mm512_srli_epi32(_mm512_add_epi32(bits, up), 16);
        const __m512i magnitude = _mm512_and_si512(bits, _mm512_set1_epi32(0x7FFF'FFFF));
        const __mmask16 nan = _mm512_cmpgt_epi32_mask(magnitude, _mm512_set1_epi32(0x7F80'0000));
        return _mm512_cvtepi32_epi16(
            _mm512_mask_or_epi32(rounded, nan, upper, _mm512_set1_epi32(0x40)));
    }
    /// As `narrow_bf16`, but subnormal inputs become zero, as in the native instruction.
    SOMA_ALWAYS_INLINE static half narrow_bf16_flushed(reg x) noexcept {
        const __m512i bits = _mm512_castps_si512(x);
        const __mmask16 subnormal = _mm512_testn_epi32_mask(bits, _mm512_set1_epi32(0x7F80'0000));
        return narrow_bf16(_mm512_castsi512_ps(_mm512_mask_and_epi32(
            bits, subnormal, bits, _mm512_set1_epi32(static_cast<int>(0x8000'0000U)))));
    }
    SOMA_ALWAYS_INLINE static reg widen_f16(half x) noexcept { return _mm512_cvtph_ps(x); }
    SOMA_ALWAYS_INLINE static half narrow_f16(reg x) noexcept {
        // The masked form: without optimisation g++ makes the plain one a macro that warns here.
        constexpr __mmask16 all = 0xFFFF;
        return _mm512_maskz_cvtps_ph(all, x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    }

    SOMA_ALWAYS_INLINE static pairs load_pairs(const void* from) noexcept {
        return _mm512_loadu_si512(from);
    }
    SOMA_ALWAYS_INLINE static pairs broadcast_pair(std::uint32_t pair) noexcept {
        return _mm512_set1_epi32(static_cast<int>(pair));
    }
    /// The elements of each pair as floats: those at even positions are the lower halves.
    SOMA_ALWAYS_INLINE static reg even(pairs x) noexcept {
        return _mm512_castsi512_ps(_mm512_slli_epi32(x, 16));
    }
    SOMA_ALWAYS_INLINE static reg odd(pairs x) noexcept {
        return _mm512_castsi512_ps(
            _mm512_and_si512(x, _mm512_set1_epi32(static_cast<int>(0xFFFF'0000U))));
    }
    SOMA_ALWAYS_INLINE static reg dot2(reg sum, pairs x, pairs y) noexcept {
        return mul_add(even(x), even(y), mul_add(odd(x), odd(y), sum));
    }
};

#if SOMA_HAS_AVX512_BF16
template <>
struct ops<isa::avx512_bf16> : ops<isa::avx512> {
    SOMA_ALWAYS_INLINE static half narrow_bf16_flushed(reg x) noexcept {
        half narrowed;
        asm("vcvtneps2bf16 %1, %0" : "=v"(narrowed) : "v"(x));
        return narrowed;
    }
    // Assembler, because clang 16 crashes on a cast of integers to its BF16 vector type; on values
    // passed by copy, because g++ keeps operands it must take by reference in memory.
    SOMA_ALWAYS_INLINE static reg dot2(reg sum, pairs x, pairs y) noexcept {
        asm("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(x), "v"(y));
        return sum;
    }
};
#endif

#if SOMA_HAS_AMX_BF16
template <>
struct ops<isa::amx_bf16> : ops<isa::avx512_bf16> {};
#endif

}  // namespace soma::simd::arch

SOMA_INTRINSICS_END

#endif
