// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// AVX2 with FMA and F16C.

#include <soma/simd/isa.hpp>

#if SOMA_HAS_AVX2

#include <cstdint>
#include <cstring>

#include <immintrin.h>
#include <xsimd/xsimd.hpp>

#include <soma/base/unroll.hpp>
#include <soma/simd/arch/ops.hpp>

namespace soma::simd::arch {

template <>
struct ops<isa::avx2> {
    using xsimd_arch = xsimd::fma3<xsimd::avx2>;
    using reg = __m256;
    using half = __m128i;
    using pairs = __m256i;

    SOMA_ALWAYS_INLINE static __m256i first(int count) noexcept {
        return _mm256_cmpgt_epi32(_mm256_set1_epi32(count),
                                  _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    }

    /// Keeps the compiler from fusing the product `x` into a later sum.
    SOMA_ALWAYS_INLINE static reg opaque(reg x) noexcept {
        asm("" : "+x"(x));
        return x;
    }
    SOMA_ALWAYS_INLINE static reg mul_add(reg x, reg y, reg z) noexcept {
        return _mm256_fmadd_ps(x, y, z);
    }
    SOMA_ALWAYS_INLINE static reg broadcast(float x) noexcept { return _mm256_set1_ps(x); }
    SOMA_ALWAYS_INLINE static reg max(reg x, reg y) noexcept { return _mm256_max_ps(x, y); }
    SOMA_ALWAYS_INLINE static reg min(reg x, reg y) noexcept { return _mm256_min_ps(x, y); }

    SOMA_ALWAYS_INLINE static reg load(const float* from) noexcept { return _mm256_loadu_ps(from); }
    SOMA_ALWAYS_INLINE static reg load_aligned(const float* from) noexcept {
        return _mm256_load_ps(from);
    }
    SOMA_ALWAYS_INLINE static void store(reg x, float* to) noexcept { _mm256_storeu_ps(to, x); }
    SOMA_ALWAYS_INLINE static void store_aligned(reg x, float* to) noexcept {
        _mm256_store_ps(to, x);
    }
    SOMA_ALWAYS_INLINE static reg load_partial(const float* from, int count) noexcept {
        return _mm256_maskload_ps(from, first(count));
    }
    SOMA_ALWAYS_INLINE static void store_partial(reg x, float* to, int count) noexcept {
        _mm256_maskstore_ps(to, first(count), x);
    }
    SOMA_ALWAYS_INLINE static half load_half(const void* from) noexcept {
        return _mm_loadu_si128(static_cast<const __m128i*>(from));
    }
    SOMA_ALWAYS_INLINE static half load_half_partial(const void* from, int count) noexcept {
        alignas(16) std::uint16_t buffer[8] = {};
        std::memcpy(buffer, from, static_cast<std::size_t>(count) * sizeof(std::uint16_t));
        return load_half(buffer);
    }
    SOMA_ALWAYS_INLINE static void store_half(half x, void* to) noexcept {
        _mm_storeu_si128(static_cast<__m128i*>(to), x);
    }
    SOMA_ALWAYS_INLINE static void store_half_partial(half x, void* to, int count) noexcept {
        alignas(16) std::uint16_t buffer[8];
        store_half(x, buffer);
        std::memcpy(to, buffer, static_cast<std::size_t>(count) * sizeof(std::uint16_t));
    }

    SOMA_ALWAYS_INLINE static reg widen_bf16(half x) noexcept {
        return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(x), 16));
    }
    SOMA_ALWAYS_INLINE static half narrow_bf16(reg x) noexcept {
        const __m256i bits = _mm256_castps_si256(x);
        const __m256i upper = _mm256_srli_epi32(bits, 16);
        const __m256i odd = _mm256_and_si256(upper, _mm256_set1_epi32(1));
        const __m256i up = _mm256_add_epi32(_mm256_set1_epi32(0x7FFF), odd);
        const __m256i rounded = _mm256_srli_epi32(_mm256_add_epi32(bits, up), 16);
        const __m256i magnitude = _mm256_and_si256(bits, _mm256_set1_epi32(0x7FFF'FFFF));
        const __m256i nan = _mm256_cmpgt_epi32(magnitude, _mm256_set1_epi32(0x7F80'0000));
        const __m256i quiet = _mm256_or_si256(upper, _mm256_set1_epi32(0x40));
        const __m256i result = _mm256_blendv_epi8(rounded, quiet, nan);
        const __m256i packed = _mm256_packus_epi32(result, result);
        return _mm256_castsi256_si128(_mm256_permute4x64_epi64(packed, 0b1000));
    }
    /// As `narrow_bf16`, but subnormal inputs become zero, as in the AVX-512 instruction.
    SOMA_ALWAYS_INLINE static half narrow_bf16_flushed(reg x) noexcept {
        const __m256i bits = _mm256_castps_si256(x);
        const __m256i exponent = _mm256_and_si256(bits, _mm256_set1_epi32(0x7F80'0000));
        const __m256i subnormal = _mm256_cmpeq_epi32(exponent, _mm256_setzero_si256());
        const __m256i significand = _mm256_and_si256(subnormal, _mm256_set1_epi32(0x7FFF'FFFF));
        return narrow_bf16(_mm256_castsi256_ps(_mm256_andnot_si256(significand, bits)));
    }
    SOMA_ALWAYS_INLINE static reg widen_f16(half x) noexcept { return _mm256_cvtph_ps(x); }
    SOMA_ALWAYS_INLINE static half narrow_f16(reg x) noexcept {
        return _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    }

    SOMA_ALWAYS_INLINE static pairs load_pairs(const void* from) noexcept {
        return _mm256_loadu_si256(static_cast<const __m256i*>(from));
    }
    SOMA_ALWAYS_INLINE static pairs broadcast_pair(std::uint32_t pair) noexcept {
        return _mm256_set1_epi32(static_cast<int>(pair));
    }
    /// The elements of each pair as floats: those at even positions are the lower halves.
    SOMA_ALWAYS_INLINE static reg even(pairs x) noexcept {
        return _mm256_castsi256_ps(_mm256_slli_epi32(x, 16));
    }
    SOMA_ALWAYS_INLINE static reg odd(pairs x) noexcept {
        return _mm256_castsi256_ps(
            _mm256_and_si256(x, _mm256_set1_epi32(static_cast<int>(0xFFFF'0000U))));
    }
    SOMA_ALWAYS_INLINE static reg dot2(reg sum, pairs x, pairs y) noexcept {
        return mul_add(even(x), even(y), mul_add(odd(x), odd(y), sum));
    }
};

}  // namespace soma::simd::arch

#endif
