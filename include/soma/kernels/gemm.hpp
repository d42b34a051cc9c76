// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Matrix product: the convolution over images of one pixel.

#include <cstddef>

#include <soma/kernels/conv2d.hpp>
#include <soma/kernels/epilogue.hpp>
#include <soma/kernels/geometry.hpp>
#include <soma/numeric/format.hpp>

namespace soma::kernels {

/// The geometry of `m` rows of `k` inputs, `lda` apart, times `n` columns of weights.
[[nodiscard]] constexpr conv_geometry gemm_geometry(
    int m, int n, int k, int lda, int ldc) noexcept {
    conv_geometry g;
    g.batch = m;
    g.in_c = k;
    g.in_pitch = lda;
    g.out_c = n;
    g.out_pitch = ldc;
    return g;
}

/// `out = epilogue(bias + a * weights)` for `a` of `m` x `k` and weights packed as `pack_conv` does
/// for `gemm_geometry`, given as `[n][k]`; `scratch` as for `conv2d`.
template <class Isa, numeric_format T, numeric_format Out, tile_set Needed = all_tiles>
void gemm(int m,
          int n,
          int k,
          const T* a,
          int lda,
          const T* weights,
          const float* bias,
          Out* out,
          int ldc,
          const epilogue<Out>& finish,
          std::byte* scratch,
          const void* next_weights = nullptr) noexcept {
    conv2d<Isa, T, Out, Needed>(gemm_geometry(m, n, k, lda, ldc), a, weights, bias, out, finish,
                                scratch, next_weights);
}

}  // namespace soma::kernels
