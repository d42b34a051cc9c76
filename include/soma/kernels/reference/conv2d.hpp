// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The definition of a convolution, in double precision.

#include <cstddef>

#include <soma/kernels/geometry.hpp>
#include <soma/numeric/format.hpp>

namespace soma::kernels::reference {

/// What one output element is made of.
struct conv_sum {
    double value;      ///< the bias and all products
    double magnitude;  ///< the same with every term's absolute value
    int terms;         ///< products that are not padding
};

/// The sum for output channel `o` at pixel (`y`, `x`) of image `n`, over weights given as
/// `[out][in / groups][kernel_h][kernel_w]`.
template <numeric_format T>
[[nodiscard]] conv_sum conv2d(const conv_geometry& g,
                              const T* in,
                              const T* weights,
                              const float* bias,
                              int n,
                              int y,
                              int x,
                              int o) noexcept {
    const auto at = [](int i, int size, int j) {
        return static_cast<std::ptrdiff_t>(i) * size + j;
    };
    const int first_channel = o / g.group_out() * g.group_in();
    const double start = bias == nullptr ? 0.0 : static_cast<double>(bias[o]);
    conv_sum sum{start, start < 0 ? -start : start, 0};
    for (int ky = 0; ky < g.kernel_h; ++ky) {
        for (int kx = 0; kx < g.kernel_w; ++kx) {
            const int iy = y * g.stride_h - g.pad_h + ky * g.dilation_h;
            const int ix = x * g.stride_w - g.pad_w + kx * g.dilation_w;
            if (iy < 0 || iy >= g.in_h || ix < 0 || ix >= g.in_w) {
                continue;
            }
            const T* const pixel = in + at(n * g.in_h + iy, g.in_w, ix) * g.in_pitch;
            for (int c = 0; c < g.group_in(); ++c) {
                const auto tap = at(o, g.group_in(), c) * g.taps() + at(ky, g.kernel_w, kx);
                const double product =
                    static_cast<double>(static_cast<float>(pixel[first_channel + c]))
                    * static_cast<double>(static_cast<float>(weights[tap]));
                sum.value += product;
                sum.magnitude += product < 0 ? -product : product;
                ++sum.terms;
            }
        }
    }
    return sum;
}

}  // namespace soma::kernels::reference
