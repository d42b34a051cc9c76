// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// From learned tensors to the bytes that kernels read: batch norm folded, rounded, packed.

#include <cmath>
#include <cstddef>
#include <vector>

#include <soma/compile/formatted.hpp>
#include <soma/kernels/pack.hpp>
#include <soma/runtime/parameters.hpp>
#include <soma/tensor/aligned_buffer.hpp>

namespace soma {

/// A matmul's weights and bias after its batch normalisation has been folded in, in FP32.
struct folded_weights {
    std::vector<float> weights;  ///< [out][in / groups][kernel_h][kernel_w]
    std::vector<float> bias;     ///< [out]
};

/// `scale` and `shift` of a batch normalisation: `y = x * scale + shift`, computed in double.
struct affine {
    double scale = 1, shift = 0;
};

template <model_type Model>
[[nodiscard]] affine normalisation(const parameters<Model>& values,
                                   const plan_node& n,
                                   std::size_t channel) {
    const auto at = [&](parameter_role role) {
        return static_cast<double>(values.find(n.norm, role)[channel]);
    };
    const double scale =
        at(parameter_role::weight) / std::sqrt(at(parameter_role::running_var) + n.epsilon);
    // A fused product and sum in so many words: left to the compiler, it would depend on the flags
    // of the translation unit, and with it the last bit of a weight.
    return {scale, std::fma(-at(parameter_role::running_mean), scale, at(parameter_role::bias))};
}

/// Weights of the matmul `n` as the compiled graph sees them: folded in double, rounded once.
template <model_type Model>
[[nodiscard]] folded_weights fold(const parameters<Model>& values, const plan_node& n) {
    const kernels::conv_geometry g = layer_geometry(n, 1);
    const auto outputs = static_cast<std::size_t>(g.out_c);
    const auto per_output =
        static_cast<std::size_t>(g.group_in()) * static_cast<std::size_t>(g.taps());
    const float* const weights = values.find(n.name, parameter_role::weight);
    const float* const bias = n.bias ? values.find(n.name, parameter_role::bias) : nullptr;
    folded_weights folded{std::vector<float>(outputs * per_output), std::vector<float>(outputs)};
    for (std::size_t o = 0; o < outputs; ++o) {
        const affine norm = n.normalised ? normalisation(values, n, o) : affine{};
        const double own = bias == nullptr ? 0.0 : static_cast<double>(bias[o]);
        folded.bias[o] = static_cast<float>(std::fma(own, norm.scale, norm.shift));
        for (std::size_t i = o * per_output; i < (o + 1) * per_output; ++i) {
            folded.weights[i] = static_cast<float>(static_cast<double>(weights[i]) * norm.scale);
        }
    }
    return folded;
}

/// The packed parameters of `Formatted`: one blob in execution order, read by any number of copies.
template <class Formatted, class Isa, model_type Model>
[[nodiscard]] aligned_buffer pack_weights(const parameters<Model>& values) {
    using compute_type = typename Formatted::compute_type;
    aligned_buffer blob(Formatted::packed_bytes);
    const plan_node* const nodes = Formatted::list.nodes;
    for (int i = 0; i < Formatted::size; ++i) {
        const plan_node& n = nodes[i];
        auto* const packed = reinterpret_cast<compute_type*>(blob.data() + n.weights_offset);
        auto* vectors = reinterpret_cast<float*>(blob.data() + n.vectors_offset);
        if (is_matmul(n.kind)) {
            const kernels::conv_geometry g = detail::kernel_geometry(nodes, i, 1);
            const folded_weights folded = fold(values, n);
            kernels::pack_conv<Isa, compute_type>(g, folded.weights.data(), packed);
            kernels::pack_bias<Isa>(g, folded.bias.data(), vectors);
        } else if (n.kind == op::batch_norm) {
            float* const shift = vectors + round_up(n.out_pitch, 16);
            for (std::size_t c = 0; c < static_cast<std::size_t>(n.out_shape.c); ++c) {
                const affine norm = normalisation(values, n, c);
                vectors[c] = static_cast<float>(norm.scale);
                shift[c] = static_cast<float>(norm.shift);
            }
        }
        for (int k = 0; k < n.custom_count; ++k) {
            const float* const from =
                values.find(n.name, parameter_role::custom, n.custom_names[k]);
            for (int e = 0; e < n.custom_elements[k]; ++e) {
                vectors[e] = from[e];
            }
            vectors += round_up(n.custom_elements[k], 16);
        }
    }
    return blob;
}

}  // namespace soma
