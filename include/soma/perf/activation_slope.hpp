// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// How an activation passes errors on, and how large its own are.

#include <cmath>
#include <numbers>

#include <soma/kernels/activation_kind.hpp>

namespace soma::perf {

/// The derivative of `kind` at `x`; at a kink the derivative to the left.
[[nodiscard]] inline double activation_slope(kernels::activation kind,
                                             double x,
                                             kernels::activation_parameters parameters) noexcept {
    using enum kernels::activation;
    const auto a = static_cast<double>(parameters.a);
    const auto b = static_cast<double>(parameters.b);
    const auto logistic = [x] { return 1 / (1 + std::exp(-x)); };
    switch (kind) {
        case none: return 1;
        case relu: return x > 0 ? 1 : 0;
        case clip: return x > a && x <= b ? 1 : 0;
        case leaky_relu: return x > 0 ? 1 : a;
        case sigmoid: return logistic() * (1 - logistic());
        case tanh: return 1 - std::tanh(x) * std::tanh(x);
        case silu: return logistic() * (1 + x * (1 - logistic()));
        case gelu: {
            const double density =
                std::exp(-x * x / 2) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
            return std::erfc(-x / std::numbers::sqrt2) / 2 + x * density;
        }
        case gelu_tanh: {
            const double scale = 2 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
            const double part = 1 / (1 + std::exp(-scale * (x + 0.044715 * x * x * x)));
            return part + x * part * (1 - part) * scale * (1 + 3 * 0.044715 * x * x);
        }
        case hard_sigmoid: return x > -3 && x <= 3 ? 1.0 / 6 : 0;
        case hard_swish: return x <= -3 ? 0 : x > 3 ? 1 : (2 * x + 3) / 6;
        case elu: return x > 0 ? 1 : a * std::exp(x);
    }
    return 1;
}

/// The steepest derivative of `kind` among `x` and both ends of `[x - doubt, x + doubt]`.
///
/// An argument nearer to a kink than its own error may lie on either side of it; the steeper side
/// bounds what becomes of the error on both.
[[nodiscard]] inline double steepest_slope(kernels::activation kind,
                                           double x,
                                           double doubt,
                                           kernels::activation_parameters parameters) noexcept {
    double steepest = activation_slope(kind, x, parameters);
    for (const double end : {x - doubt, x + doubt}) {
        const double slope = activation_slope(kind, end, parameters);
        steepest = std::abs(slope) > std::abs(steepest) ? slope : steepest;
    }
    const bool spans_clip = kind == kernels::activation::clip
                            && x - doubt <= static_cast<double>(parameters.b)
                            && x + doubt > static_cast<double>(parameters.a);
    return spans_clip ? 1 : steepest;
}

/// The error of a kernel's own evaluation of `kind` at `x`, in units of FP32 roundoff relative to
/// the result: twice the ulp that `kernels::activated` promises.
[[nodiscard]] inline double activation_roundoffs(kernels::activation kind, double x) noexcept {
    using enum kernels::activation;
    switch (kind) {
        case none:
        case relu:
        case clip: return 0;
        case leaky_relu: return x > 0 ? 0 : 1;
        case sigmoid: return 2 * 2.5;
        case tanh: return 2 * 2.5;
        case silu: return 2 * 2.5;
        case gelu: return 2 * 5.5;
        case gelu_tanh: {
            const double scale = 2 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
            return 2 * (2.5 + 2.9 * std::abs(scale * (x + 0.044715 * x * x * x)));
        }
        case hard_sigmoid:
        case hard_swish: return 2 * 2.5;
        case elu: return x > 0 ? 0 : 2 * 2.6;
    }
    return 0;
}

}  // namespace soma::perf
