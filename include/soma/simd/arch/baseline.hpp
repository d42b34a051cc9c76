// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What the platform guarantees: SSE2 on x86-64, Advanced SIMD on AArch64.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <xsimd/xsimd.hpp>

#include <soma/base/unroll.hpp>
#include <soma/numeric/bfloat16.hpp>
#include <soma/numeric/float16.hpp>
#include <soma/simd/arch/ops.hpp>

namespace soma::simd::arch {

/// Conversions go lane by lane through `numeric/`: nothing here has a 16-bit float instruction.
template <>
struct ops<isa::baseline> {
#if defined(__aarch64__)
    using xsimd_arch = xsimd::neon64;
#else
    using xsimd_arch = xsimd::sse2;
#endif
    static constexpr std::size_t lanes = 4;
    using batch = xsimd::batch<float, xsimd_arch>;
    using integers = xsimd::batch<std::int32_t, xsimd_arch>;
    using reg = typename batch::register_type;
    using pairs = typename integers::register_type;
    struct half {
        std::uint16_t lane[lanes];
    };

    /// Keeps the compiler from fusing the product `x` into a later sum.
    SOMA_ALWAYS_INLINE static reg opaque(reg x) noexcept {
#if defined(__aarch64__)
        asm("" : "+w"(x));
#else
        asm("" : "+x"(x));
#endif
        return x;
    }
    SOMA_ALWAYS_INLINE static reg mul_add(reg x, reg y, reg z) noexcept {
        if constexpr (isa::baseline::fused_multiply_add) {
            return xsimd::fma(batch(x), batch(y), batch(z));
        } else {
            return batch(opaque(batch(x) * batch(y))) + batch(z);
        }
    }
    SOMA_ALWAYS_INLINE static reg broadcast(float x) noexcept { return batch(x); }
    SOMA_ALWAYS_INLINE static reg max(reg x, reg y) noexcept {
        return xsimd::max(batch(x), batch(y));
    }
    SOMA_ALWAYS_INLINE static reg min(reg x, reg y) noexcept {
        return xsimd::min(batch(x), batch(y));
    }

    SOMA_ALWAYS_INLINE static reg load(const float* from) noexcept {
        return batch::load_unaligned(from);
    }
    SOMA_ALWAYS_INLINE static reg load_aligned(const float* from) noexcept {
        return batch::load_aligned(from);
    }
    SOMA_ALWAYS_INLINE static void store(reg x, float* to) noexcept {
        batch(x).store_unaligned(to);
    }
    SOMA_ALWAYS_INLINE static void store_aligned(reg x, float* to) noexcept {
        batch(x).store_aligned(to);
    }
    SOMA_ALWAYS_INLINE static reg load_partial(const float* from, int count) noexcept {
        alignas(16) float buffer[lanes] = {};
        std::memcpy(buffer, from, static_cast<std::size_t>(count) * sizeof(float));
        return batch::load_aligned(buffer);
    }
    SOMA_ALWAYS_INLINE static void store_partial(reg x, float* to, int count) noexcept {
        alignas(16) float buffer[lanes];
        batch(x).store_aligned(buffer);
        std::memcpy(to, buffer, static_cast<std::size_t>(count) * sizeof(float));
    }
    SOMA_ALWAYS_INLINE static half load_half(const void* from) noexcept {
        return load_half_partial(from, lanes);
    }
    SOMA_ALWAYS_INLINE static half load_half_partial(const void* from, int count) noexcept {
        half x{};
        std::memcpy(x.lane, from, static_cast<std::size_t>(count) * sizeof(std::uint16_t));
        return x;
    }
    SOMA_ALWAYS_INLINE static void store_half(half x, void* to) noexcept {
        store_half_partial(x, to, lanes);
    }
    SOMA_ALWAYS_INLINE static void store_half_partial(half x, void* to, int count) noexcept {
        std::memcpy(to, x.lane, static_cast<std::size_t>(count) * sizeof(std::uint16_t));
    }

    SOMA_ALWAYS_INLINE static reg widen_bf16(half x) noexcept { return widen<bfloat16>(x); }
    SOMA_ALWAYS_INLINE static half narrow_bf16(reg x) noexcept { return narrow<bfloat16>(x); }
    /// As `narrow_bf16`, but subnormal inputs become zero, as in the AVX-512 instruction.
    SOMA_ALWAYS_INLINE static half narrow_bf16_flushed(reg x) noexcept {
        alignas(16) float buffer[lanes];
        batch(x).store_aligned(buffer);
        half result{};
        for (std::size_t i = 0; i < lanes; ++i) {
            const auto bits = std::bit_cast<std::uint32_t>(buffer[i]);
            const bool subnormal = (bits & 0x7F80'0000U) == 0U;
            const auto value = std::bit_cast<float>(subnormal ? bits & 0x8000'0000U : bits);
            result.lane[i] = bfloat16(value).bits;
        }
        return result;
    }
    SOMA_ALWAYS_INLINE static reg widen_f16(half x) noexcept { return widen<float16>(x); }
    SOMA_ALWAYS_INLINE static half narrow_f16(reg x) noexcept { return narrow<float16>(x); }

    /// xsimd 11 names the element rather than the batch that the bits become.
    SOMA_ALWAYS_INLINE static reg as_floats(const integers& bits) noexcept {
#if XSIMD_VERSION_MAJOR < 11
        return xsimd::bitwise_cast<batch>(bits);
#else
        return xsimd::bitwise_cast<float>(bits);
#endif
    }
    SOMA_ALWAYS_INLINE static pairs load_pairs(const void* from) noexcept {
        return integers::load_unaligned(static_cast<const std::int32_t*>(from));
    }
    SOMA_ALWAYS_INLINE static pairs broadcast_pair(std::uint32_t pair) noexcept {
        return integers(static_cast<std::int32_t>(pair));
    }
    /// The elements of each pair as floats: those at even positions are the lower halves.
    SOMA_ALWAYS_INLINE static reg even(pairs x) noexcept { return as_floats(integers(x) << 16); }
    SOMA_ALWAYS_INLINE static reg odd(pairs x) noexcept {
        return as_floats(integers(x) & integers(static_cast<std::int32_t>(0xFFFF'0000U)));
    }
    SOMA_ALWAYS_INLINE static reg dot2(reg sum, pairs x, pairs y) noexcept {
        return mul_add(even(x), even(y), mul_add(odd(x), odd(y), sum));
    }

private:
    template <class T>
    SOMA_ALWAYS_INLINE static reg widen(half x) noexcept {
        alignas(16) float buffer[lanes];
        for (std::size_t i = 0; i < lanes; ++i) {
            buffer[i] = static_cast<float>(T::from_bits(x.lane[i]));
        }
        return batch::load_aligned(buffer);
    }
    template <class T>
    SOMA_ALWAYS_INLINE static half narrow(reg x) noexcept {
        alignas(16) float buffer[lanes];
        batch(x).store_aligned(buffer);
        half result{};
        for (std::size_t i = 0; i < lanes; ++i) {
            result.lane[i] = T(buffer[i]).bits;
        }
        return result;
    }
};

}  // namespace soma::simd::arch
