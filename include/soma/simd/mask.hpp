// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// `mask<Isa>`: one truth value for each lane of a register, from comparisons and for selections.

#include <xsimd/xsimd.hpp>

#include <soma/base/unroll.hpp>
#include <soma/simd/vec.hpp>

namespace soma::simd {

/// A truth value for each lane.
template <instruction_set Isa>
class mask {
public:
    using batch_type = typename vec<Isa>::batch_type::batch_bool_type;

    SOMA_ALWAYS_INLINE explicit mask(const batch_type& batch) noexcept : batch_(batch) {}

    /// The register as xsimd knows it, for code in this folder.
    [[nodiscard]] SOMA_ALWAYS_INLINE const batch_type& batch() const noexcept { return batch_; }

private:
    batch_type batch_;
};

/// Where `x < y`; false where either is NaN.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE mask<Isa> less(vec<Isa> x, vec<Isa> y) noexcept {
    return mask<Isa>(x.batch() < y.batch());
}

/// Where `x` is NaN.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE mask<Isa> is_nan(vec<Isa> x) noexcept {
    // Not `x != x`: xsimd compares that ordered on AVX and AVX-512, where it is false for NaN.
    return mask<Isa>(xsimd::isnan(x.batch()));
}

/// `x` where `which` holds, else `y`.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> select(mask<Isa> which, vec<Isa> x, vec<Isa> y) noexcept {
    return vec<Isa>(xsimd::select(which.batch(), x.batch(), y.batch()));
}

/// The larger; NaN where either is NaN, `x` before `y`.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> max_or_nan(vec<Isa> x, vec<Isa> y) noexcept {
    if constexpr (requires { arch::ops<Isa>::max_or_nan(x.raw(), y.raw()); }) {
        return vec<Isa>(arch::ops<Isa>::max_or_nan(x.raw(), y.raw()));
    } else {
        return select(is_nan(x), x, max(x, y));
    }
}

}  // namespace soma::simd
