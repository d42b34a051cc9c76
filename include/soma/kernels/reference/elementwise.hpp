// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The definitions of the element by element kernels, in double.

#include <cstddef>

#include <soma/kernels/activation_kind.hpp>
#include <soma/kernels/reference/activation.hpp>
#include <soma/numeric/convert.hpp>

namespace soma::kernels::reference {

/// The exact value of a stored number.
template <numeric_format T>
[[nodiscard]] double exact(T value) noexcept {
    return static_cast<double>(convert_to<float>(value));
}

/// `out[i] = kind(a[i] + b[i])`.
template <numeric_format A, numeric_format B>
void add(const A* a,
         const B* b,
         double* out,
         std::size_t n,
         activation kind = activation::none,
         activation_parameters parameters = {}) noexcept {
    for (std::size_t i = 0; i < n; ++i) {
        out[i] = activate(kind, exact(a[i]) + exact(b[i]), parameters);
    }
}

/// `out[i] = kind(a[i] * b[i])`.
template <numeric_format A, numeric_format B>
void multiply(const A* a,
              const B* b,
              double* out,
              std::size_t n,
              activation kind = activation::none,
              activation_parameters parameters = {}) noexcept {
    for (std::size_t i = 0; i < n; ++i) {
        out[i] = activate(kind, exact(a[i]) * exact(b[i]), parameters);
    }
}

/// `out[r][i] = kind(in[r][i] * scale[i] + shift[i])`, zero in the pad lanes.
template <numeric_format In>
void channel_affine(const In* in,
                    std::size_t rows,
                    int c,
                    int pitch,
                    const float* scale,
                    const float* shift,
                    double* out,
                    activation kind = activation::none,
                    activation_parameters parameters = {}) noexcept {
    for (std::size_t r = 0; r < rows; ++r) {
        for (int i = 0; i < pitch; ++i) {
            const std::size_t at =
                r * static_cast<std::size_t>(pitch) + static_cast<std::size_t>(i);
            out[at] = i < c ? activate(kind,
                                       exact(in[at]) * static_cast<double>(scale[i])
                                           + static_cast<double>(shift[i]),
                                       parameters)
                            : 0.0;
        }
    }
}

}  // namespace soma::kernels::reference
