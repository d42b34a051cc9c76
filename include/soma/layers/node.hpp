// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The one representation in the middle: a node of the flat graph that layers lower to.

#include <cstdint>
#include <string_view>

#include <soma/hardware/op.hpp>
#include <soma/hardware/workload.hpp>
#include <soma/kernels/activation_kind.hpp>
#include <soma/layers/custom_kernel.hpp>
#include <soma/layers/extents.hpp>

namespace soma {

/// Most inputs a node can have.
inline constexpr int max_inputs = 8;

/// A list of node numbers: what a layer takes and what it returns.
struct ids {
    std::int16_t id[max_inputs] = {};
    int count = 0;

    [[nodiscard]] constexpr int operator[](int i) const noexcept { return id[i]; }
    constexpr void push_back(int node) noexcept { id[count++] = static_cast<std::int16_t>(node); }
};

/// A layer's own name inside its scope; -1 and empty where there is none.
struct node_name {
    int scope = -1;
    std::string_view leaf;
};

/// Kernel window of convolutions and pools.
struct window {
    int kernel_h = 1, kernel_w = 1;
    int stride_h = 1, stride_w = 1;
    int pad_h = 0, pad_w = 0;
    int dilation_h = 1, dilation_w = 1;

    /// Output size along one side of `in` pixels, floored as PyTorch does; < 1 if nothing fits.
    [[nodiscard]] static constexpr int out_size(
        int in, int kernel, int stride, int pad, int dilation) noexcept {
        const int reach = dilation * (kernel - 1) + 1;
        return in + 2 * pad < reach ? 0 : (in + 2 * pad - reach) / stride + 1;
    }
    [[nodiscard]] constexpr int out_h(int in) const noexcept {
        return out_size(in, kernel_h, stride_h, pad_h, dilation_h);
    }
    [[nodiscard]] constexpr int out_w(int in) const noexcept {
        return out_size(in, kernel_w, stride_w, pad_w, dilation_w);
    }
};

/// Which row of its table an embedding gives each token.
enum class table_row : std::uint8_t {
    numbered,  ///< the one that the token's number says
    position,  ///< the one of the token's place in the sequence
    first,     ///< the first, for every token
};

/// One operation of a model: inputs by number, everything else by value.
///
/// Trivially copyable on purpose: both compilers copy it often in constant evaluation.
struct node {
    op kind = op::input;
    ids inputs;
    extents out;
    node_name name;

    window win;
    int groups = 1;
    bool bias = false;
    bool count_include_pad = true;

    int heads = 0;       ///< of an attention
    int table_rows = 0;  ///< of an embedding's table, whose columns are the output's channels
    table_row row = table_row::numbered;
    bool numbers = false;  ///< the result is token numbers, which only an embedding reads

    /// A batch normalisation folded into this node's weights; `batch_norm` nodes use it too.
    bool normalised = false;
    node_name norm;
    double epsilon = 0;

    /// Applied to the result before it is stored; `activation` nodes use it too.
    kernels::activation act = kernels::activation::none;
    kernels::activation_parameters act_parameters{};

    /// A node whose result is added before the activation, -1 for none.
    int residual = -1;

    const custom_kernel* custom = nullptr;
    custom_parameter custom_parameters[max_custom_parameters] = {};
    int custom_parameter_count = 0;

    workload work;
};

}  // namespace soma
