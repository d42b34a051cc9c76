// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// `vec<Isa>`: one register of floats, its arithmetic, and its way to and from memory.

#include <cstddef>
#include <type_traits>

#include <xsimd/xsimd.hpp>

#include <soma/base/unroll.hpp>
#include <soma/simd/arch/avx2.hpp>
#include <soma/simd/arch/avx512.hpp>
#include <soma/simd/arch/baseline.hpp>
#include <soma/simd/compat.hpp>
#include <soma/simd/isa.hpp>

SOMA_INTRINSICS_BEGIN

namespace soma::simd {

/// A register of `Isa::lanes` floats.
///
/// The operators round each result on their own on every instruction set: a compiler may not fuse
/// them, so that the same expression gives the same bits everywhere. `mul_add` is the one fusion.
template <instruction_set Isa>
class vec {
    static_assert(enabled<Isa>, "vec: this translation unit's flags do not allow code for Isa");

public:
    using batch_type = xsimd::batch<float, typename arch::ops<Isa>::xsimd_arch>;
    using register_type = typename batch_type::register_type;
    static constexpr int lanes = Isa::lanes;
    static_assert(batch_type::size == static_cast<std::size_t>(lanes));

    /// Leaves the lanes undetermined.
    vec() = default;
    /// Every lane is `value`.
    SOMA_ALWAYS_INLINE explicit vec(float value) noexcept : raw_(ops::broadcast(value)) {}
    SOMA_ALWAYS_INLINE explicit vec(register_type raw) noexcept : raw_(raw) {}

    /// The register as xsimd knows it, for code in this folder.
    [[nodiscard]] SOMA_ALWAYS_INLINE batch_type batch() const noexcept { return raw_; }
    /// The register as intrinsics know it, for code in this folder.
    [[nodiscard]] SOMA_ALWAYS_INLINE register_type raw() const noexcept { return raw_; }

    // The compilers' own operators on their vector types: tiles repeat these by the hundred, and
    // the layers of functions below xsimd's cost compilations more than the tiles themselves.
    SOMA_ALWAYS_INLINE friend vec operator+(vec x, vec y) noexcept { return vec(x.raw_ + y.raw_); }
    SOMA_ALWAYS_INLINE friend vec operator-(vec x, vec y) noexcept { return vec(x.raw_ - y.raw_); }
    SOMA_ALWAYS_INLINE friend vec operator*(vec x, vec y) noexcept {
        return vec(ops::opaque(x.raw_ * y.raw_));
    }
    SOMA_ALWAYS_INLINE friend vec operator/(vec x, vec y) noexcept { return vec(x.raw_ / y.raw_); }

private:
    using ops = arch::ops<Isa>;

    register_type raw_;
};

/// All lanes zero.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> zero() noexcept {
    return vec<Isa>(0.0F);
}

/// `x * y + z`, rounded once where the instruction set can, else after each operation.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> mul_add(vec<Isa> x, vec<Isa> y, vec<Isa> z) noexcept {
    return vec<Isa>(arch::ops<Isa>::mul_add(x.raw(), y.raw(), z.raw()));
}

/// The larger; `y` where either is NaN.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> max(vec<Isa> x, vec<Isa> y) noexcept {
    return vec<Isa>(arch::ops<Isa>::max(x.raw(), y.raw()));
}

/// The smaller; `y` where either is NaN.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> min(vec<Isa> x, vec<Isa> y) noexcept {
    return vec<Isa>(arch::ops<Isa>::min(x.raw(), y.raw()));
}

/// Reads `Isa::lanes` floats at any address.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> load(const float* from) noexcept {
    return vec<Isa>(arch::ops<Isa>::load(from));
}

/// Reads `Isa::lanes` floats. \pre `from` is a multiple of the register's size.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> load_aligned(const float* from) noexcept {
    return vec<Isa>(arch::ops<Isa>::load_aligned(from));
}

/// Reads `count` floats and nothing behind them; the other lanes are zero.
/// \pre `0 <= count <= Isa::lanes`.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> load_partial(const float* from, int count) noexcept {
    return vec<Isa>(arch::ops<Isa>::load_partial(from, count));
}

/// Writes all lanes at any address.
template <instruction_set Isa>
SOMA_ALWAYS_INLINE void store(vec<Isa> x, float* to) noexcept {
    arch::ops<Isa>::store(x.raw(), to);
}

/// Writes all lanes. \pre `to` is a multiple of the register's size.
template <instruction_set Isa>
SOMA_ALWAYS_INLINE void store_aligned(vec<Isa> x, float* to) noexcept {
    arch::ops<Isa>::store_aligned(x.raw(), to);
}

/// Writes the first `count` lanes and nothing behind them. \pre `0 <= count <= Isa::lanes`.
template <instruction_set Isa>
SOMA_ALWAYS_INLINE void store_partial(vec<Isa> x, float* to, int count) noexcept {
    arch::ops<Isa>::store_partial(x.raw(), to, count);
}

}  // namespace soma::simd

SOMA_INTRINSICS_END
