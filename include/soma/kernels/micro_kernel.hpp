// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The register tile: `Mr` pixels times `Nv` vectors of output channels, in each operand format.

#include <array>
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
template <class Isa, int Mr, int Nv>
struct segment_loop {
    using vec = simd::vec<Isa>;
    using sums_type = accumulators<Isa, Mr, Nv>;
    template <class T>
    using rows_type = std::array<const T*, std::size_t{Mr}>;
    static constexpr int lanes = Isa::lanes;

    SOMA_ALWAYS_INLINE static void run(sums_type& sums,
                                       const rows_type<float>& rows,
                                       const float* weights,
                                       int steps,
                                       bool,
                                       std::uintptr_t& line,
                                       std::uintptr_t pace) noexcept {
        for (std::ptrdiff_t k = 0; k < steps; ++k) {
            fetch(line);
            line += pace;
            std::array<vec, std::size_t{Nv}> column;
            unroll<Nv>([&](auto n) { column[n] = simd::load<Isa>(weights + n * lanes); });
            weights += Nv * lanes;
            unroll<Mr>([&](auto m) {
                const vec x(rows[m][k]);
                unroll<Nv>([&](auto n) { sums[m][n] = simd::mul_add(x, column[n], sums[m][n]); });
            });
        }
    }

    SOMA_ALWAYS_INLINE static void run(sums_type& sums,
                                       const rows_type<bfloat16>& rows,
                                       const bfloat16* weights,
                                       int steps,
                                       bool lone,
                                       std::uintptr_t& line,
                                       std::uintptr_t pace) noexcept {
        for (std::ptrdiff_t k = 0; k < steps; ++k) {
            fetch(line);
            line += pace;
            pair_step(sums, weights,
                      [&](auto m) { return simd::broadcast_pair<Isa>(rows[m] + 2 * k); });
            weights += 2 * Nv * lanes;
        }
        if (lone) {
            // What lies behind the run may be another group's and need not be finite.
            pair_step(sums, weights, [&](auto m) {
                return simd::broadcast_single<Isa>(rows[m] + 2 * std::ptrdiff_t{steps});
            });
        }
    }

    /// Widens a vector of each row at a time, so that the inner loop is that of floats.
    SOMA_ALWAYS_INLINE static void run(sums_type& sums,
                                       const rows_type<float16>& rows,
                                       const float16* weights,
                                       int steps,
                                       bool,
                                       std::uintptr_t& line,
                                       std::uintptr_t pace) noexcept {
        alignas(64) float wide[std::size_t{Mr} * lanes];
        for (int first = 0; first < steps; first += lanes) {
            const int left = steps - first;
            const int count = left < lanes ? left : lanes;
            unroll<Mr>([&](auto m) {
                simd::store_aligned(simd::load_partial<Isa>(rows[m] + first, count),
                                    wide + m * lanes);
            });
            for (int k = 0; k < count; ++k) {
                fetch(line);
                line += pace;
                std::array<vec, std::size_t{Nv}> column;
                unroll<Nv>([&](auto n) { column[n] = simd::load<Isa>(weights + n * lanes); });
                weights += Nv * lanes;
                unroll<Mr>([&](auto m) {
                    const vec x(wide[m * lanes + k]);
                    unroll<Nv>(
                        [&](auto n) { sums[m][n] = simd::mul_add(x, column[n], sums[m][n]); });
                });
            }
        }
    }

private:
    template <class Pair>
    SOMA_ALWAYS_INLINE static void pair_step(sums_type& sums,
                                             const bfloat16* weights,
                                             Pair&& pair_of) noexcept {
        std::array<simd::pair_vec<Isa>, std::size_t{Nv}> column;
        unroll<Nv>([&](auto n) { column[n] = simd::load_pairs<Isa>(weights + 2 * n * lanes); });
        if constexpr (Isa::native_bf16) {
            unroll<Mr>([&](auto m) {
                const simd::pair_vec<Isa> x = pair_of(m);
                unroll<Nv>([&](auto n) { sums[m][n] = simd::dot2_bf16(sums[m][n], x, column[n]); });
            });
        } else {
            // Two passes need half the registers of one that keeps both halves of the weights.
            unroll<Mr>([&](auto m) {
                const vec x = simd::odd(pair_of(m));
                unroll<Nv>([&](auto n) {
                    sums[m][n] = simd::mul_add(x, simd::odd(column[n]), sums[m][n]);
                });
            });
            unroll<Mr>([&](auto m) {
                const vec x = simd::even(pair_of(m));
                unroll<Nv>([&](auto n) {
                    sums[m][n] = simd::mul_add(x, simd::even(column[n]), sums[m][n]);
                });
            });
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
    unroll<Nv>([&](auto n) {
        const auto start = simd::load<Isa>(job.bias + n * lanes);
        unroll<Mr>([&](auto m) { sums[m][n] = start; });
    });
    // A tile that writes to lines outside the cache would wait for each in turn at its end.
    unroll<Mr>([&](auto m) {
        unroll<detail::lines_of<Out>(Nv * lanes)>([&](auto n) {
            detail::fetch_to_write(job.out + job.pixels[m] + n * detail::per_line<Out>);
        });
    });
    constexpr int together = std::same_as<T, bfloat16> ? 2 : 1;
    const int steps = job.steps;
    const bool lone = job.lone;
    const std::ptrdiff_t depth = std::ptrdiff_t{together} * (steps + (lone ? 1 : 0));
    std::uintptr_t line = job.prefetch;
    const T* const* table = job.rows;
    for (int s = 0; s < job.segments; ++s) {
        std::array<const T*, std::size_t{Mr}> rows;
        unroll<Mr>([&](auto m) { rows[m] = table[m]; });
        table += row_pitch;
        const T* const weights = job.weights + job.taps[s] * depth * (Nv * lanes);
        detail::segment_loop<Isa, Mr, Nv>::run(sums, rows, weights, steps, lone, line, job.pace);
    }
    detail::finish_tile<Isa, Mr, Nv>(job, sums);
}

}  // namespace soma::kernels

SOMA_INTRINSICS_END
