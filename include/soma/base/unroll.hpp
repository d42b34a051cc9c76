// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A loop that is unrolled before the optimiser sees it.

#include <type_traits>
#include <utility>

#if defined(__GNUC__)
#define SOMA_ALWAYS_INLINE [[gnu::always_inline]] inline
#define SOMA_ALWAYS_INLINE_LAMBDA __attribute__((always_inline))
#define SOMA_NOINLINE [[gnu::noinline]]
#define SOMA_RESTRICT __restrict__
#else
#define SOMA_ALWAYS_INLINE inline
#define SOMA_ALWAYS_INLINE_LAMBDA
#define SOMA_NOINLINE
#define SOMA_RESTRICT
#endif

/// Before a loop with a constant number of rounds: it is unrolled whole, at every level of
/// optimisation that unrolls at all, so that registers can hold an array that it indexes.
#if defined(__clang__)
#define SOMA_UNROLL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define SOMA_UNROLL _Pragma("GCC unroll 64")
#else
#define SOMA_UNROLL
#endif

namespace soma {

/// Calls `f(std::integral_constant<int, I>{})` for I = 0 ... Count - 1.
///
/// Register tiles need this rather than a loop: an array of accumulators stays in memory if any
/// index is not a constant when g++ -O2 splits aggregates, and a kernel falls to a third. The inner
/// lambda is forced inline for clang, which otherwise keeps it, and the array, with the same
/// result.
template <int Count, class F>
SOMA_ALWAYS_INLINE constexpr void unroll(F&& f) {
    [&]<int... I>(std::integer_sequence<int, I...>) SOMA_ALWAYS_INLINE_LAMBDA {
        (f(std::integral_constant<int, I>{}), ...);
    }(std::make_integer_sequence<int, Count>{});
}

}  // namespace soma
