// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The tile of a depthwise convolution: `Mr` pixels, one vector of channels after another.

#include <array>
#include <cstddef>

#include <soma/base/math.hpp>
#include <soma/base/unroll.hpp>
#include <soma/kernels/tile_job.hpp>
#include <soma/simd/compat.hpp>
#include <soma/simd/convert.hpp>
#include <soma/simd/vec.hpp>

SOMA_INTRINSICS_BEGIN

namespace soma::kernels {

/// Computes `job.columns` channels of `Mr` pixels, of which `job.steps` are channels of the input.
///
/// Each output is a single chain from its bias through the taps in order. Products of BF16 values
/// are exact, so the order in which a pair would be multiplied plays no part.
template <class Isa, class T, class Out, int Mr>
SOMA_NOINLINE void depthwise_kernel(const tile_job<T, Out>& job) noexcept {
    constexpr int lanes = Isa::lanes;
    const std::ptrdiff_t pitch = round_up(job.steps, lanes);
    epilogue<Out> finish = *job.finish;
    tile_job<T, Out> part = job;
    part.finish = &finish;
    for (int c = 0; c < job.columns; c += lanes) {
        const int left = job.columns - c;
        const int readable = job.steps - c;
        detail::accumulators<Isa, Mr, 1> sums;
        const auto start = simd::load<Isa>(job.bias + c);
        unroll<Mr>([&](auto m) { sums[m][0] = start; });
        const auto add_taps = [&](auto&& read) {
            const T* const* rows = job.rows;
            for (int s = 0; s < job.segments; ++s) {
                const auto weight = simd::load<Isa>(job.weights + job.taps[s] * pitch + c);
                unroll<Mr>([&](auto m) {
                    sums[m][0] = simd::mul_add(read(rows[m] + c), weight, sums[m][0]);
                });
                rows += row_pitch;
            }
        };
        if (readable >= lanes) {
            add_taps([](const T* from) { return simd::load<Isa>(from); });
        } else {
            add_taps([&](const T* from) { return simd::load_partial<Isa>(from, readable); });
        }
        part.out = job.out + c;
        part.columns = left < lanes ? left : lanes;
        if (finish.residual != nullptr) {
            finish.residual = job.finish->residual + c;
        }
        detail::finish_tile<Isa, Mr, 1>(part, sums);
    }
}

}  // namespace soma::kernels

SOMA_INTRINSICS_END
