// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Registers of floats to and from memory in the 16-bit formats.
///
/// Loads widen exactly and stores round to nearest even, bit for bit as `numeric/` does, subnormals
/// and NaN included and whatever the processor's denormal mode.

#include <soma/base/unroll.hpp>
#include <soma/numeric/bfloat16.hpp>
#include <soma/numeric/float16.hpp>
#include <soma/simd/arch/ops.hpp>
#include <soma/simd/compat.hpp>
#include <soma/simd/vec.hpp>

SOMA_INTRINSICS_BEGIN

namespace soma::simd {

namespace detail {

template <instruction_set Isa, class Register>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> wrap(Register x) noexcept {
    return vec<Isa>(x);
}

}  // namespace detail

template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> load(const bfloat16* from) noexcept {
    using ops = arch::ops<Isa>;
    return detail::wrap<Isa>(ops::widen_bf16(ops::load_half(from)));
}

template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> load(const float16* from) noexcept {
    using ops = arch::ops<Isa>;
    return detail::wrap<Isa>(ops::widen_f16(ops::load_half(from)));
}

/// Reads `count` elements and nothing behind them; the other lanes are zero.
/// \pre `0 <= count <= Isa::lanes`.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> load_partial(const bfloat16* from, int count) noexcept {
    using ops = arch::ops<Isa>;
    return detail::wrap<Isa>(ops::widen_bf16(ops::load_half_partial(from, count)));
}

template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> load_partial(const float16* from, int count) noexcept {
    using ops = arch::ops<Isa>;
    return detail::wrap<Isa>(ops::widen_f16(ops::load_half_partial(from, count)));
}

template <instruction_set Isa>
SOMA_ALWAYS_INLINE void store(vec<Isa> x, bfloat16* to) noexcept {
    using ops = arch::ops<Isa>;
    ops::store_half(ops::narrow_bf16(x.raw()), to);
}

template <instruction_set Isa>
SOMA_ALWAYS_INLINE void store(vec<Isa> x, float16* to) noexcept {
    using ops = arch::ops<Isa>;
    ops::store_half(ops::narrow_f16(x.raw()), to);
}

/// Writes the first `count` lanes and nothing behind them. \pre `0 <= count <= Isa::lanes`.
template <instruction_set Isa>
SOMA_ALWAYS_INLINE void store_partial(vec<Isa> x, bfloat16* to, int count) noexcept {
    using ops = arch::ops<Isa>;
    ops::store_half_partial(ops::narrow_bf16(x.raw()), to, count);
}

template <instruction_set Isa>
SOMA_ALWAYS_INLINE void store_partial(vec<Isa> x, float16* to, int count) noexcept {
    using ops = arch::ops<Isa>;
    ops::store_half_partial(ops::narrow_f16(x.raw()), to, count);
}

/// What kernels store with: as `store`, but a subnormal float becomes a zero of its sign in BF16.
///
/// That is what the native instruction does whatever the denormal mode, and kernels run with
/// subnormals flushed anyway; every instruction set gives the same bits.
template <instruction_set Isa, class T>
SOMA_ALWAYS_INLINE void store_flushed(vec<Isa> x, T* to) noexcept {
    store(x, to);
}

template <instruction_set Isa>
SOMA_ALWAYS_INLINE void store_flushed(vec<Isa> x, bfloat16* to) noexcept {
    using ops = arch::ops<Isa>;
    ops::store_half(ops::narrow_bf16_flushed(x.raw()), to);
}

/// The first `count` lanes of `store_flushed`. \pre `0 <= count <= Isa::lanes`.
template <instruction_set Isa, class T>
SOMA_ALWAYS_INLINE void store_flushed_partial(vec<Isa> x, T* to, int count) noexcept {
    store_partial(x, to, count);
}

template <instruction_set Isa>
SOMA_ALWAYS_INLINE void store_flushed_partial(vec<Isa> x, bfloat16* to, int count) noexcept {
    using ops = arch::ops<Isa>;
    ops::store_half_partial(ops::narrow_bf16_flushed(x.raw()), to, count);
}

}  // namespace soma::simd

SOMA_INTRINSICS_END
