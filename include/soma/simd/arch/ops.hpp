// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The operations that xsimd lacks or that differ between its versions, one specialisation for each
/// instruction set.

#include <soma/simd/isa.hpp>

namespace soma::simd::arch {

/// On raw registers: fused multiply-add, partial loads and stores, conversions to and from the
/// 16-bit formats, and the BF16 pair product. A `half` holds `lanes` 16-bit elements, a `pairs`
/// holds `lanes` pairs of them.
template <instruction_set Isa>
struct ops;

}  // namespace soma::simd::arch
