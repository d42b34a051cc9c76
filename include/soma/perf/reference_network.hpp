// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A model and its learned numbers in double: what exact arithmetic would be applied to.

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <soma/compile/formatted.hpp>
#include <soma/compile/kernel_key.hpp>
#include <soma/policy/precision.hpp>
#include <soma/runtime/weights/pack_weights.hpp>
#include <soma/runtime/weights/parameters.hpp>
#include <soma/runtime/weights/tensor_source.hpp>

namespace soma::perf {

/// A node of the fused graph with its parameters; values of a node lie as `[h][w][c]`.
struct reference_node {
    op kind = op::input;
    extents in, out;  ///< shapes of the first input and of the result
    std::vector<int> inputs;
    int residual = -1;

    window win;
    int groups = 1;
    bool count_include_pad = true;
    kernels::activation act = kernels::activation::none;
    kernels::activation_parameters act_parameters{};

    /// Outputs of a tile along an axis where a policy that allows it filters this convolution by
    /// Winograd's method; 0 where none does.
    int tile = 0;

    /// A program rounds these once to FP32 before any other rounding: products with the scale of a
    /// batch normalisation have no FP32 value of their own.
    bool derived = false;
    std::vector<double> weights;  ///< matmul: `[out][tap][in / groups]`; batch norm: the scale
    std::vector<double> bias;     ///< matmul: the bias; batch norm: the shift

    [[nodiscard]] std::size_t channels_in() const noexcept {
        return static_cast<std::size_t>(in.c);
    }
    [[nodiscard]] std::size_t channels_out() const noexcept {
        return static_cast<std::size_t>(out.c);
    }
    [[nodiscard]] std::size_t pixels_in() const noexcept {
        return static_cast<std::size_t>(in.h) * static_cast<std::size_t>(in.w);
    }
    [[nodiscard]] std::size_t pixels_out() const noexcept {
        return static_cast<std::size_t>(out.h) * static_cast<std::size_t>(out.w);
    }
    [[nodiscard]] std::size_t elements() const noexcept { return pixels_out() * channels_out(); }
};

/// The nodes of a fused graph in execution order; the first is the input, the last the output.
struct reference_network {
    std::vector<reference_node> nodes;

    [[nodiscard]] std::size_t inputs() const noexcept { return nodes.front().elements(); }
    [[nodiscard]] std::size_t outputs() const noexcept { return nodes.back().elements(); }
};

/// Where element `nchw` of a caller's sample lies in the values of a node of shape `e`.
[[nodiscard]] inline std::size_t value_index(const extents& e, std::size_t nchw) noexcept {
    const auto pixels = static_cast<std::size_t>(e.h) * static_cast<std::size_t>(e.w);
    return nchw % pixels * static_cast<std::size_t>(e.c) + nchw / pixels;
}

namespace detail {

template <model_type Model>
void read_parameters(const parameters<Model>& values, const plan_node& n, reference_node& to) {
    const std::size_t outputs = to.channels_out();
    const std::vector<affine> norms = normalisations(source_of(values), n);
    if (n.kind == op::batch_norm) {
        to.derived = true;
        for (const affine& norm : norms) {
            to.weights.push_back(norm.scale);
            to.bias.push_back(norm.shift);
        }
        return;
    }
    const kernels::conv_geometry g = layer_geometry(n, 1);
    const auto taps = static_cast<std::size_t>(g.taps());
    const auto inputs = static_cast<std::size_t>(g.group_in());
    const float* from = values.find(n.name, parameter_role::weight);
    const float* const bias = n.bias ? values.find(n.name, parameter_role::bias) : nullptr;
    to.derived = n.normalised;
    to.weights.resize(outputs * taps * inputs);
    for (std::size_t o = 0; o < outputs; ++o) {
        const affine& norm = norms[o];
        for (std::size_t c = 0; c < inputs; ++c) {
            for (std::size_t tap = 0; tap < taps; ++tap) {
                to.weights[(o * taps + tap) * inputs + c] =
                    static_cast<double>(*from++) * norm.scale;
            }
        }
        const double own = bias == nullptr ? 0.0 : static_cast<double>(bias[o]);
        to.bias.push_back(own * norm.scale + norm.shift);
    }
}

}  // namespace detail

/// `Model` with `values`, batch normalisations folded as a program folds them but never rounded.
///
/// Nothing for a model with a custom layer, whose kernel says nothing about its derivative, or with
/// an operator that has no kernel: the passes over these nodes do not define it either.
template <model_type Model>
[[nodiscard]] std::optional<reference_network> make_reference_network(
    const parameters<Model>& values) {
    // With FP32 throughout there are no casts: these are the nodes of the fused graph, one by one.
    using nodes_type = formatted<Model, fp32, simd::native>;
    reference_network network;
    for (int i = 0; i < nodes_type::size; ++i) {
        const plan_node& n = nodes_type::list.nodes[i];
        if (n.kind == op::custom || !has_kernel(n.kind)) {
            return std::nullopt;
        }
        reference_node to{.kind = n.kind,
                          .in = n.in_shape,
                          .out = n.out_shape,
                          .inputs = {n.inputs, n.inputs + n.input_count},
                          .residual = n.residual,
                          .win = n.win,
                          .groups = n.groups,
                          .count_include_pad = n.count_include_pad,
                          .act = n.act,
                          .act_parameters = n.act_parameters,
                          .tile = 0,
                          .derived = false,
                          .weights = {},
                          .bias = {}};
        if (is_matmul(n.kind)) {
            const kernels::algorithm cheapest = soma::detail::cheapest_algorithm(n);
            to.tile =
                cheapest == kernels::algorithm::direct ? 0 : kernels::winograd_outputs(cheapest);
        }
        if (is_matmul(n.kind) || n.kind == op::batch_norm) {
            detail::read_parameters(values, n, to);
        }
        network.nodes.push_back(std::move(to));
    }
    return network;
}

}  // namespace soma::perf
