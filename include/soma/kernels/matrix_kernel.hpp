// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The micro-kernel of matrix tiles: up to 32 pixels times 32 output channels.

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <soma/base/unroll.hpp>
#include <soma/kernels/matrix_rows.hpp>
#include <soma/kernels/micro_kernel.hpp>
#include <soma/kernels/tile_job.hpp>
#include <soma/simd/convert.hpp>
#include <soma/simd/matrix_tile.hpp>
#include <soma/simd/vec.hpp>

SOMA_INTRINSICS_BEGIN

namespace soma::kernels {

/// What a block of outputs is told.
template <class T, class Out>
struct matrix_job {
    const matrix_rows<T>* rows;   ///< one or two, with the same taps
    const T* weights;             ///< the panel
    const float* bias;            ///< the panel's
    Out* out;                     ///< the panel's first column in the output
    int columns;                  ///< columns to store; those behind belong to others
    const epilogue<Out>* finish;  ///< its residual points at the panel's first column
    std::uintptr_t prefetch;      ///< address of the first fetch
    std::uintptr_t pace;          ///< bytes from one fetch to the next
    int fetches;                  ///< per step
};

namespace detail {

/// Adds the residual, activates, rounds and stores the sums of one pixel, `Nv` vectors of them.
template <class Isa, int Nv, class Out>
SOMA_ALWAYS_INLINE void finish_pixel(const float* sums,
                                     Out* out,
                                     const Out* residual,
                                     simd::vec<Isa> least,
                                     simd::vec<Isa> most,
                                     bool clips) noexcept {
    unroll<Nv>([&](auto n) {
        simd::vec<Isa> x = simd::load_aligned<Isa>(sums + n * Isa::lanes);
        if (residual != nullptr) {
            x = x + simd::load<Isa>(residual + n * Isa::lanes);
        }
        if (clips) {
            x = simd::min(most, simd::max(least, x));
        }
        simd::store_flushed(x, out + n * Isa::lanes);
    });
}

/// Finishes the sums of the pixels of `rows`, which lie `pitch` floats apart.
template <class Isa, int Nv, class T, class Out>
SOMA_ALWAYS_INLINE void finish_rows(const matrix_job<T, Out>& job,
                                    const matrix_rows<T>& rows,
                                    float* sums) noexcept {
    constexpr int pitch = Nv * Isa::lanes;
    const epilogue<Out>& finish = *job.finish;
    if (finish.post != nullptr || job.columns < pitch) {
        const tile_job<T, Out> tile{.rows = nullptr,
                                    .taps = nullptr,
                                    .segments = 0,
                                    .steps = 0,
                                    .lone = false,
                                    .weights = nullptr,
                                    .bias = nullptr,
                                    .pixels = rows.outputs.data(),
                                    .out = job.out,
                                    .columns = job.columns,
                                    .finish = job.finish,
                                    .prefetch = 0,
                                    .pace = 0};
        finish_in_memory<Isa>(tile, sums, rows.pixels, pitch);
        return;
    }
    const bool clips = finish.kind != activation::none;
    const simd::vec<Isa> least(finish.kind == activation::clip ? finish.parameters.a : 0.0F);
    const simd::vec<Isa> most(finish.kind == activation::clip
                                  ? finish.parameters.b
                                  : std::numeric_limits<float>::infinity());
    for (int m = 0; m < rows.pixels; ++m) {
        const std::ptrdiff_t at = rows.outputs[static_cast<std::size_t>(m)];
        finish_pixel<Isa, Nv>(sums + m * pitch, job.out + at,
                              finish.residual == nullptr ? nullptr : finish.residual + at, least,
                              most, clips);
    }
}

}  // namespace detail

#if SOMA_HAS_AMX_BF16

/// Computes `Mt` times sixteen pixels and `Nv` times sixteen channels. Each output is the bias plus
/// the sums of `matrix_depth` products, segment by segment, in that order.
template <class Isa, class T, class Out, int Mt, int Nv>
SOMA_NOINLINE void matrix_kernel(const matrix_job<T, Out>& job) noexcept {
    // Tiles 0 to 3 are sums, 4 and 5 pixels, 6 and 7 channels.
    unroll<Mt>([&](auto m) {
        unroll<Nv>([&](auto n) { simd::tile_load<2 * m + n>(job.bias + n * Isa::lanes, 0); });
    });
    constexpr std::ptrdiff_t weight_row = Nv * simd::tile_row_bytes;
    const std::ptrdiff_t tap_bytes = job.rows[0].depth / 2 * weight_row;
    std::uintptr_t line = job.prefetch;
    const int segments = job.rows[0].segments;
    const int steps = job.rows[0].steps;
    const int fetches = job.prefetch == 0 ? 0 : job.fetches;
    const std::uintptr_t pace = job.pace;
    for (int s = 0; s < segments; ++s) {
        std::array<const std::byte*, std::size_t{Mt}> from;
        unroll<Mt>([&](auto m) { from[m] = job.rows[m].starts[s]; });
        const std::byte* weights =
            reinterpret_cast<const std::byte*>(job.weights) + job.rows[0].taps[s] * tap_bytes;
        for (int k = 0; k < steps; ++k) {
            unroll<Nv>([&](auto n) {
                simd::tile_load<6 + n>(weights + n * simd::tile_row_bytes, weight_row);
            });
            unroll<Mt>([&](auto m) {
                simd::tile_load<4 + m>(from[m], job.rows[m].row_step);
                from[m] += job.rows[m].step;
                unroll<Nv>([&](auto n) { simd::tile_dot_bf16<2 * m + n, 4 + m, 6 + n>(); });
            });
            weights += simd::tile_height * weight_row;
            for (int i = 0; i < fetches; ++i) {
                detail::fetch(line);
                line += pace;
            }
        }
    }
    constexpr int pitch = Nv * Isa::lanes;
    alignas(64) float sums[std::size_t{Mt} * simd::tile_height * pitch];
    unroll<Mt>([&](auto m) {
        unroll<Nv>([&](auto n) {
            simd::tile_store<2 * m + n>(sums + m * simd::tile_height * pitch + n * Isa::lanes,
                                        pitch * std::ptrdiff_t{sizeof(float)});
        });
    });
    unroll<Mt>([&](auto m) {
        detail::finish_rows<Isa, Nv>(job, job.rows[m], sums + m * simd::tile_height * pitch);
    });
}

#endif

}  // namespace soma::kernels

SOMA_INTRINSICS_END
