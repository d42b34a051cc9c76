// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The definition of every activation function, in double.

#include <cmath>

#include <soma/kernels/activation_kind.hpp>

namespace soma::kernels::reference {

/// `x` limited to [lo, hi]; NaN stays NaN.
[[nodiscard]] inline double clip(double x, double lo, double hi) noexcept {
    if (x < lo) {
        return lo;
    }
    return x > hi ? hi : x;
}

/// The value of activation `kind` at `x`, as PyTorch defines it.
[[nodiscard]] inline double activate(activation kind,
                                     double x,
                                     activation_parameters parameters = {}) noexcept {
    constexpr double sqrt_half = 0.70710678118654752440;
    constexpr double sqrt_two_over_pi = 0.79788456080286535588;
    const auto a = static_cast<double>(parameters.a);
    const auto b = static_cast<double>(parameters.b);
    switch (kind) {
        case activation::none: return x;
        case activation::relu: return x < 0 ? 0 : x;
        case activation::clip: return clip(x, a, b);
        case activation::leaky_relu: return x > 0 ? x : a * x;
        case activation::sigmoid: return 1 / (1 + std::exp(-x));
        case activation::tanh: return std::tanh(x);
        case activation::silu: return x / (1 + std::exp(-x));
        case activation::gelu: return x * (std::erfc(-x * sqrt_half) / 2);
        case activation::gelu_tanh:
            // (1 + tanh u) / 2 written as a logistic function, which does not cancel for u < 0.
            return x / (1 + std::exp(-2 * sqrt_two_over_pi * (x + 0.044715 * x * x * x)));
        case activation::hard_sigmoid: return clip(x + 3, 0, 6) / 6;
        case activation::hard_swish: return x * clip(x + 3, 0, 6) / 6;
        case activation::elu: return x > 0 ? x : a * std::expm1(x);
    }
    return x;
}

}  // namespace soma::kernels::reference
