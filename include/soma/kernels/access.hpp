// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Whole and partial registers read and written alike, so that a kernel's body is written once.

#include <soma/base/unroll.hpp>
#include <soma/simd/convert.hpp>
#include <soma/simd/vec.hpp>

namespace soma::kernels {

/// Moves all lanes, in any format.
template <class Isa>
struct whole_access {
    template <class T>
    [[nodiscard]] SOMA_ALWAYS_INLINE simd::vec<Isa> load(const T* from) const noexcept {
        return simd::load<Isa>(from);
    }
    template <class T>
    SOMA_ALWAYS_INLINE void store(simd::vec<Isa> x, T* to) const noexcept {
        simd::store_flushed(x, to);
    }
};

/// Moves the first `count` lanes, in any format, and touches nothing behind them.
template <class Isa>
struct partial_access {
    int count;

    template <class T>
    [[nodiscard]] SOMA_ALWAYS_INLINE simd::vec<Isa> load(const T* from) const noexcept {
        return simd::load_partial<Isa>(from, count);
    }
    template <class T>
    SOMA_ALWAYS_INLINE void store(simd::vec<Isa> x, T* to) const noexcept {
        simd::store_flushed_partial(x, to, count);
    }
};

/// Writes zero to the lanes of a pixel that no channel has.
template <class T>
SOMA_ALWAYS_INLINE void clear_pad_lanes(T* pixel, int c, int pitch) noexcept {
    for (int i = c; i < pitch; ++i) {
        pixel[i] = T{};
    }
}

}  // namespace soma::kernels
