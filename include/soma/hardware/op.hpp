// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The kinds of operators: what a node of a model asks some engine, or the host, to compute.

#include <cstdint>
#include <string_view>

namespace soma {

/// What a node computes.
enum class op : std::uint8_t {
    identity,  ///< fused into another node; gone after the pass that did it
    input,
    conv2d,
    linear,
    batch_norm,
    activation,
    add,
    max_pool,
    average_pool,
    global_average_pool,
    softmax,
    log_softmax,
    flatten,
    concat,
    custom,
    cast,
    output,
    embedding,   ///< rows of a learned table, chosen by the input's numbers
    layer_norm,  ///< over the channels of each pixel
    attention,   ///< softmax(Q K^T / sqrt(d)) V of several heads
    slice,       ///< some pixels of its input
};

inline constexpr int op_count = static_cast<int>(op::slice) + 1;

[[nodiscard]] constexpr std::string_view name(op kind) noexcept {
    constexpr std::string_view spelled[] = {
        "identity",   "input",       "conv2d",    "linear",       "batch_norm",
        "activation", "add",         "max_pool",  "average_pool", "global_average_pool",
        "softmax",    "log_softmax", "flatten",   "concat",       "custom",
        "cast",       "output",      "embedding", "layer_norm",   "attention",
        "slice"};
    return spelled[static_cast<int>(kind)];
}

/// True for the nodes whose operands a matrix engine multiplies with learned weights.
[[nodiscard]] constexpr bool is_matmul(op kind) noexcept {
    return kind == op::conv2d || kind == op::linear;
}

}  // namespace soma
