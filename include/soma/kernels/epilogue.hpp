// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What follows a sum of products: residual, activation, one rounding to storage.

#include <soma/kernels/activation_kind.hpp>

namespace soma::kernels {

/// `out = round(activation(sum + residual))`, where the sum started at the bias.
///
/// \pre `post` is set exactly where `kind` is no register activation.
template <class Out>
struct epilogue {
    /// A tensor laid out as the output, or null.
    const Out* residual = nullptr;
    activation kind = activation::none;
    activation_parameters parameters{};
    /// Applies `kind` to a run of floats in place.
    void (*post)(float*, int, activation_parameters) noexcept = nullptr;
};

}  // namespace soma::kernels
