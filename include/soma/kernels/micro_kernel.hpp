// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The register tile: `Mr` pixels times `Nv` vectors of output channels, in each operand format.

#include <concepts>
#include <cstddef>
#include <cstdint>

#include <soma/base/math.hpp>
#include <soma/base/unroll.hpp>
#include <soma/kernels/tile_job.hpp>
#include <soma/numeric/bfloat16.hpp>
#include <soma/numeric/float16.hpp>
#include <soma/simd/compat.hpp>
#include <soma/simd/convert.hpp>
#include <soma/simd/dot2.hpp>
#include <soma/simd/vec.hpp>

SOMA_INTRINSICS_BEGIN

namespace soma::kernels {

namespace detail {

/// Addresses, not pointers, because a stream of lines runs past the end of what it is after.
SOMA_ALWAYS_INLINE void fetch(std::uintptr_t line) noexcept {
#if defined(__GNUC__)
    // NOLINTNEXTLINE(performance-no-int-to-ptr): nothing is read through it
    __builtin_prefetch(reinterpret_cast<const void*>(line), 0, 2);
#else
    static_cast<void>(line);
#endif
}

SOMA_ALWAYS_INLINE void fetch_to_write(void* line) noexcept {
#if defined(__GNUC__)
    __builtin_prefetch(line, 1, 3);
#else
    static_cast<void>(line);
#endif
}

/// Elements of a cache line.
template <class T>
inline constexpr int per_line = cache_line / static_cast<int>(sizeof(T));

/// Cache lines of `count` elements.
template <class T>
[[nodiscard]] constexpr int lines_of(int count) noexcept {
    return ceil_div(count, per_line<T>);
}

/// The products of one segment, added to the sums in the order of the channels.
///
/// Loops that are unrolled whole rather than functions of each register: a program has a dozen of
/// these, and they are most of what it costs to compile.
template <class Isa, int Mr, int Nv>
struct segment_loop {
    using vec = simd::vec<Isa>;
    using sums_type = accumulators<Isa, Mr, Nv>;
    static constexpr int lanes = Isa::lanes;

    SOMA_ALWAYS_INLINE static void run(sums_type& sums,
                                       const list_of<const float*, Mr>& rows,
                                       const float* weights,
                                       int steps,
                                       bool,
                                       std::uintptr_t& line,
                                       std::uintptr_t pace) noexcept {
        for (std::ptrdiff_t k = 0; k < steps; ++k) {
            fetch(line);
            line += pace;
            list_of<vec, Nv> column;
            SOMA_UNROLL
            for (int n = 0; n < Nv; ++n) {
                column[n] = simd::load<Isa>(weights + n * lanes);
            }
            weights += Nv * lanes;
            SOMA_UNROLL
            for (int m = 0; m < Mr; ++m) {
                const vec x(rows[m][k]);
                SOMA_UNROLL
                for (int n = 0; n < Nv; ++n) {
                    sums[m][n] = simd::mul_add(x, column[n], sums[m][n]);
                }
            }
        }
    }

    SOMA_ALWAYS_INLINE static void run(sums_type& sums,
                                       const list_of<const bfloat16*, Mr>& rows,
                                       const bfloat16* weights,
                                       int steps,
                                       bool lone,
                                       std::uintptr_t& line,
                                       std::uintptr_t pace) noexcept {
        for (std::ptrdiff_t k = 0; k < steps; ++k) {
            fetch(line);
            line += pace;
            pair_step<false>(sums, rows, 2 * k, weights);
            weights += 2 * Nv * lanes;
        }
        if (lone) {
            // What lies behind the run may be another group's and need not be finite.
            pair_step<true>(sums, rows, 2 * std::ptrdiff_t{steps}, weights);
        }
    }

    /// Widens a vector of each row at a time, so that the inner loop is that of floats.
    SOMA_ALWAYS_INLINE static void run(sums_type& sums,
                                       const list_of<const float16*, Mr>& rows,
                                       const float16* weights,
                                       int steps,
                                       bool,
                                       std::uintptr_t& line,
                                       std::uintptr_t pace) noexcept {
        alignas(64) list_of<float, lanes> wide[std::size_t{Mr}];
        for (int first = 0; first < steps; first += lanes) {
            const int left = steps - first;
            const int count = left < lanes ? left : lanes;
            SOMA_UNROLL
            for (int m = 0; m < Mr; ++m) {
                simd::store_aligned(simd::load_partial<Isa>(rows[m] + first, count), wide[m]);
            }
            for (int k = 0; k < count; ++k) {
                fetch(line);
                line += pace;
                list_of<vec, Nv> column;
                SOMA_UNROLL
                for (int n = 0; n < Nv; ++n) {
                    column[n] = simd::load<Isa>(weights + n * lanes);
                }
                weights += Nv * lanes;
                SOMA_UNROLL
                for (int m = 0; m < Mr; ++m) {
                    const vec x(wide[m][k]);
                    SOMA_UNROLL
                    for (int n = 0; n < Nv; ++n) {
                        sums[m][n] = simd::mul_add(x, column[n], sums[m][n]);
                    }
                }
            }
        }
    }

private:
    using pairs = simd::pair_vec<Isa>;

    /// The pair of `row` at `k`, or its first element and zero.
    template <bool Lone>
    [[nodiscard]] SOMA_ALWAYS_INLINE static pairs broadcast(const bfloat16* row,
                                                            std::ptrdiff_t k) noexcept {
        if constexpr (Lone) {
            return simd::broadcast_single<Isa>(row + k);
        } else {
            return simd::broadcast_pair<Isa>(row + k);
        }
    }

    template <bool Lone>
    SOMA_ALWAYS_INLINE static void pair_step(sums_type& sums,
                                             const list_of<const bfloat16*, Mr>& rows,
                                             std::ptrdiff_t k,
                                             const bfloat16* weights) noexcept {
        list_of<pairs, Nv> column;
        SOMA_UNROLL
        for (int n = 0; n < Nv; ++n) {
            column[n] = simd::load_pairs<Isa>(weights + 2 * n * lanes);
        }
        if constexpr (Isa::native_bf16) {
            SOMA_UNROLL
            for (int m = 0; m < Mr; ++m) {
                const pairs x = broadcast<Lone>(rows[m], k);
                SOMA_UNROLL
                for (int n = 0; n < Nv; ++n) {
                    sums[m][n] = simd::dot2_bf16(sums[m][n], x, column[n]);
                }
            }
        } else {
            // Two passes need half the registers of one that keeps both halves of the weights.
            SOMA_UNROLL
            for (int m = 0; m < Mr; ++m) {
                const vec x = simd::odd(broadcast<Lone>(rows[m], k));
                SOMA_UNROLL
                for (int n = 0; n < Nv; ++n) {
                    sums[m][n] = simd::mul_add(x, simd::odd(column[n]), sums[m][n]);
                }
            }
            SOMA_UNROLL
            for (int m = 0; m < Mr; ++m) {
                const vec x = simd::even(broadcast<Lone>(rows[m], k));
                SOMA_UNROLL
                for (int n = 0; n < Nv; ++n) {
                    sums[m][n] = simd::mul_add(x, simd::even(column[n]), sums[m][n]);
                }
            }
        }
    }
};

}  // namespace detail

/// Computes one tile: each output is a single chain from its bias through the segments in order,
/// so its bits do not depend on the tile it lies in.
template <class Isa, class T, class Out, int Mr, int Nv>
SOMA_NOINLINE void micro_kernel(const tile_job<T, Out>& job) noexcept {
    constexpr int lanes = Isa::lanes;
    detail::accumulators<Isa, Mr, Nv> sums;
    SOMA_UNROLL
    for (int n = 0; n < Nv; ++n) {
        const auto start = simd::load<Isa>(job.bias + n * lanes);
        SOMA_UNROLL
        for (int m = 0; m < Mr; ++m) {
            sums[m][n] = start;
        }
    }
    // A tile that writes to lines outside the cache would wait for each in turn at its end.
    for (int m = 0; m < Mr; ++m) {
        Out* const pixel = job.out + job.pixels[m];
        for (int n = 0; n < detail::lines_of<Out>(Nv * lanes); ++n) {
            detail::fetch_to_write(pixel + n * detail::per_line<Out>);
        }
    }
    constexpr int together = std::same_as<T, bfloat16> ? 2 : 1;
    const int steps = job.steps;
    const bool lone = job.lone;
    const std::ptrdiff_t depth = std::ptrdiff_t{together} * (steps + (lone ? 1 : 0));
    std::uintptr_t line = job.prefetch;
    const T* const* table = job.rows;
    for (int s = 0; s < job.segments; ++s) {
        detail::list_of<const T*, Mr> rows;
        SOMA_UNROLL
        for (int m = 0; m < Mr; ++m) {
            rows[m] = table[m];
        }
        table += row_pitch;
        const T* const weights = job.weights + job.taps[s] * depth * (Nv * lanes);
        detail::segment_loop<Isa, Mr, Nv>::run(sums, rows, weights, steps, lone, line, job.pace);
    }
    detail::finish_tile<Isa, Mr, Nv>(job, sums);
}

}  // namespace soma::kernels

SOMA_INTRINSICS_END
