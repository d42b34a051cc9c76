// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The processor's floating-point mode, set for a scope.

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace soma::simd {

/// Flushes subnormal results and inputs to zero until destroyed, then restores the caller's mode.
///
/// Rounding is to nearest and no exception traps, whatever the caller has set: results are the same
/// on every thread, and lanes that only pad a vector may compute nonsense. Has no effect on
/// platforms without MXCSR.
class flush_denormals_scope {
public:
    flush_denormals_scope(const flush_denormals_scope&) = delete;
    flush_denormals_scope& operator=(const flush_denormals_scope&) = delete;

#if defined(__SSE2__)
    flush_denormals_scope() noexcept : caller_(_mm_getcsr()) {
        constexpr unsigned flush_to_zero = 0x8000U;
        constexpr unsigned denormals_are_zero = 0x0040U;
        constexpr unsigned exceptions_masked = 0x1F80U;
        _mm_setcsr(exceptions_masked | flush_to_zero | denormals_are_zero);
    }
    ~flush_denormals_scope() { _mm_setcsr(caller_); }

private:
    unsigned caller_;
#else
    flush_denormals_scope() noexcept {}
    ~flush_denormals_scope() {}
#endif
};

}  // namespace soma::simd
