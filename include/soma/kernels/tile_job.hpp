// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a register tile is told, and how its accumulators become stored outputs.

#include <cstddef>
#include <cstdint>

#include <soma/base/unroll.hpp>
#include <soma/kernels/epilogue.hpp>
#include <soma/kernels/tiling.hpp>
#include <soma/simd/compat.hpp>
#include <soma/simd/convert.hpp>
#include <soma/simd/vec.hpp>

SOMA_INTRINSICS_BEGIN

namespace soma::kernels {

/// Pointers per segment in `tile_job::rows`: whole cache lines, so that tables are written by
/// vectors.
inline constexpr int row_pitch = 16;

/// Bytes that a prefetch brings.
inline constexpr int cache_line = 64;

/// One tile: sums over `segments`, each `steps` long, of the products of rows and weights.
///
/// A segment is a run of input channels that is consecutive in memory: one tap of the kernel, or
/// several where pixels follow each other without a gap.
template <class T, class Out>
struct tile_job {
    const T* const* rows;  ///< `[segments][row_pitch]`: where each pixel's run starts
    const int* taps;       ///< each segment's position in the packed weights
    int segments;
    int steps;                     ///< elements of a run, or whole pairs of them
    bool lone;                     ///< BF16: whether one element follows the last pair
    const T* weights;              ///< the panel
    const float* bias;             ///< the panel's
    const std::ptrdiff_t* pixels;  ///< each pixel's offset in the output
    Out* out;                      ///< the panel's first column in the output
    int columns;                   ///< columns to store; those behind belong to others
    const epilogue<Out>* finish;   ///< its residual points at the panel's first column
    std::uintptr_t prefetch;       ///< address of the first fetch, one per step
    std::uintptr_t pace;           ///< bytes from one fetch to the next
};

/// A micro-kernel.
template <class T, class Out>
using tile_kernel = void (*)(const tile_job<T, Out>&) noexcept;

namespace detail {

/// A built-in array: the calls to `std::array`'s functions cost compilations more than they say.
template <class T, int Count>
using list_of = T[std::size_t{Count}];

/// An accumulator for each pixel and vector of output channels of a tile.
template <class Isa, int Mr, int Nv>
using accumulators = list_of<list_of<simd::vec<Isa>, Nv>, Mr>;

/// Relu or clip; a NaN passes through.
template <class Isa>
[[nodiscard]] SOMA_ALWAYS_INLINE simd::vec<Isa> clamp(simd::vec<Isa> x,
                                                      activation kind,
                                                      activation_parameters limits) noexcept {
    if (kind == activation::relu) {
        return simd::max(simd::zero<Isa>(), x);
    }
    if (kind == activation::clip) {
        return simd::min(simd::vec<Isa>(limits.b), simd::max(simd::vec<Isa>(limits.a), x));
    }
    return x;
}

/// Finishes a tile that lies in memory: for activations that are a loop of their own, and for
/// panels that are wider than what may be stored.
template <class Isa, class T, class Out>
SOMA_NOINLINE void finish_in_memory(const tile_job<T, Out>& job,
                                    float* tile,
                                    int rows,
                                    int pitch) noexcept {
    const epilogue<Out>& finish = *job.finish;
    const auto each = [&](auto&& f) {
        for (int m = 0; m < rows; ++m) {
            for (int c = 0; c < job.columns; c += Isa::lanes) {
                const int left = job.columns - c;
                f(tile + m * pitch + c, job.pixels[m] + c, left < Isa::lanes ? left : Isa::lanes);
            }
        }
    };
    if (finish.residual != nullptr || is_register_activation(finish.kind)) {
        each([&](float* run, std::ptrdiff_t offset, int count) {
            simd::vec<Isa> x = simd::load_aligned<Isa>(run);
            if (finish.residual != nullptr) {
                x = x + simd::load_partial<Isa>(finish.residual + offset, count);
            }
            simd::store_aligned(clamp(x, finish.kind, finish.parameters), run);
        });
    }
    if (finish.post != nullptr) {
        finish.post(tile, rows * pitch, finish.parameters);
    }
    each([&](const float* run, std::ptrdiff_t offset, int count) {
        simd::store_flushed_partial(simd::load_aligned<Isa>(run), job.out + offset, count);
    });
}

/// Adds the residual, activates, rounds and stores.
///
/// What to do is decided once per tile at run time: deciding it by template parameter would
/// multiply the micro-kernels, and is not measurable next to their loops.
template <class Isa, int Mr, int Nv, class T, class Out>
SOMA_ALWAYS_INLINE void finish_tile(const tile_job<T, Out>& job,
                                    accumulators<Isa, Mr, Nv>& sums) noexcept {
    constexpr int lanes = Isa::lanes;
    const epilogue<Out>& finish = *job.finish;
    if (finish.post != nullptr || job.columns < Nv * lanes) {
        alignas(64) list_of<float, Nv * lanes> tile[std::size_t{Mr}];
        SOMA_UNROLL
        for (int m = 0; m < Mr; ++m) {
            SOMA_UNROLL
            for (int n = 0; n < Nv; ++n) {
                simd::store_aligned(sums[m][n], tile[m] + n * lanes);
            }
        }
        finish_in_memory<Isa>(job, tile[0], Mr, Nv * lanes);
        return;
    }
    if (finish.residual != nullptr) {
        SOMA_UNROLL
        for (int m = 0; m < Mr; ++m) {
            const Out* const pixel = finish.residual + job.pixels[m];
            SOMA_UNROLL
            for (int n = 0; n < Nv; ++n) {
                sums[m][n] = sums[m][n] + simd::load<Isa>(pixel + n * lanes);
            }
        }
    }
    if (finish.kind != activation::none) {
        const bool clips = finish.kind == activation::clip;
        const simd::vec<Isa> least(clips ? finish.parameters.a : 0.0F);
        SOMA_UNROLL
        for (int m = 0; m < Mr; ++m) {
            SOMA_UNROLL
            for (int n = 0; n < Nv; ++n) {
                sums[m][n] = simd::max(least, sums[m][n]);
            }
        }
        if (clips) {
            const simd::vec<Isa> most(finish.parameters.b);
            SOMA_UNROLL
            for (int m = 0; m < Mr; ++m) {
                SOMA_UNROLL
                for (int n = 0; n < Nv; ++n) {
                    sums[m][n] = simd::min(most, sums[m][n]);
                }
            }
        }
    }
    SOMA_UNROLL
    for (int m = 0; m < Mr; ++m) {
        Out* const pixel = job.out + job.pixels[m];
        SOMA_UNROLL
        for (int n = 0; n < Nv; ++n) {
            simd::store_flushed(sums[m][n], pixel + n * lanes);
        }
    }
}

}  // namespace detail

}  // namespace soma::kernels

SOMA_INTRINSICS_END
