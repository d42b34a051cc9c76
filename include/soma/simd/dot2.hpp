// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Registers of BF16 pairs and the step that multiplies and accumulates them.

#include <cstdint>
#include <cstring>

#include <soma/base/unroll.hpp>
#include <soma/numeric/bfloat16.hpp>
#include <soma/simd/arch/ops.hpp>
#include <soma/simd/compat.hpp>
#include <soma/simd/vec.hpp>

SOMA_INTRINSICS_BEGIN

namespace soma::simd {

/// A register of `Isa::lanes` pairs of BF16 values.
template <instruction_set Isa>
struct pair_vec {
    using register_type = typename arch::ops<Isa>::pairs;
    register_type raw;
};

/// Reads `Isa::lanes` pairs at any address.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE pair_vec<Isa> load_pairs(const bfloat16* from) noexcept {
    return {arch::ops<Isa>::load_pairs(from)};
}

/// Every lane is the pair at `from`.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE pair_vec<Isa> broadcast_pair(const bfloat16* from) noexcept {
    std::uint32_t pair;
    std::memcpy(&pair, from, sizeof(pair));
    return {arch::ops<Isa>::broadcast_pair(pair)};
}

/// Every lane is the pair of `*from` and zero; reads one element.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE pair_vec<Isa> broadcast_single(const bfloat16* from) noexcept {
    return {arch::ops<Isa>::broadcast_pair(from->bits)};
}

/// The first element of each pair, widened.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> even(pair_vec<Isa> x) noexcept {
    return vec<Isa>(arch::ops<Isa>::even(x.raw));
}

/// The second element of each pair, widened.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> odd(pair_vec<Isa> x) noexcept {
    return vec<Isa>(arch::ops<Isa>::odd(x.raw));
}

/// `sum + x[1] y[1] + x[0] y[0]` per lane, in that order, each product exact and each sum rounded.
///
/// The native instruction takes subnormal inputs and results for zero whatever the denormal mode;
/// the others do so where the mode says so, and agree with it bit for bit then.
template <instruction_set Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE vec<Isa> dot2_bf16(vec<Isa> sum,
                                                    pair_vec<Isa> x,
                                                    pair_vec<Isa> y) noexcept {
    return vec<Isa>(arch::ops<Isa>::dot2(sum.raw(), x.raw, y.raw));
}

}  // namespace soma::simd

SOMA_INTRINSICS_END
