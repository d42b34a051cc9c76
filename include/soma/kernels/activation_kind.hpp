// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The activation functions a kernel can apply, as a value that plans and reports can hold.

#include <cstdint>
#include <string_view>

namespace soma::kernels {

/// An element-wise function applied after a sum and before the rounding to storage.
enum class activation : std::uint8_t {
    none,
    relu,          ///< max(0, x)
    clip,          ///< min(b, max(a, x))
    leaky_relu,    ///< x < 0 ? a x : x
    sigmoid,       ///< 1 / (1 + exp(-x))
    tanh,          ///< tanh(x)
    silu,          ///< x sigmoid(x)
    gelu,          ///< x (1 + erf(x / sqrt 2)) / 2
    gelu_tanh,     ///< x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2
    hard_sigmoid,  ///< min(1, max(0, x / 6 + 1 / 2))
    hard_swish,    ///< x hard_sigmoid(x)
    elu,           ///< x < 0 ? a (exp(x) - 1) : x
};

/// The numbers an activation is bent by; what they mean stands at the enumerator.
struct activation_parameters {
    float a = 0.0F;
    float b = 0.0F;

    friend constexpr bool operator==(const activation_parameters&,
                                     const activation_parameters&) = default;
};

/// Whether a kernel applies `kind` to accumulators in registers rather than to a tile in memory.
[[nodiscard]] constexpr bool is_register_activation(activation kind) noexcept {
    return kind == activation::none || kind == activation::relu || kind == activation::clip;
}

/// The enumerator's spelling.
[[nodiscard]] constexpr std::string_view name(activation kind) noexcept {
    switch (kind) {
        case activation::none: return "none";
        case activation::relu: return "relu";
        case activation::clip: return "clip";
        case activation::leaky_relu: return "leaky_relu";
        case activation::sigmoid: return "sigmoid";
        case activation::tanh: return "tanh";
        case activation::silu: return "silu";
        case activation::gelu: return "gelu";
        case activation::gelu_tanh: return "gelu_tanh";
        case activation::hard_sigmoid: return "hard_sigmoid";
        case activation::hard_swish: return "hard_swish";
        case activation::elu: return "elu";
    }
    return "unknown";
}

}  // namespace soma::kernels
