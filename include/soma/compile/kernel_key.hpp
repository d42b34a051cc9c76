// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What distinguishes one kernel instantiation from another: shapes do not.

#include <soma/compile/plan_node.hpp>
#include <soma/kernels/algorithm.hpp>
#include <soma/kernels/tiling.hpp>

namespace soma {

/// False for the kinds that can be planned and predicted, but not run yet.
[[nodiscard]] constexpr bool has_kernel(op kind) noexcept {
    return kind != op::embedding && kind != op::layer_norm && kind != op::attention
           && kind != op::slice;
}

/// The template arguments of a node's kernel. A program instantiates one function per key.
///
/// Bias, residual, ReLU and clip are run-time flags of the convolution's epilogue, looked at once
/// per register tile; activations that need a function of their own are part of the key. The kernel
/// of a custom layer is not: clang 19.1 miscompiles, or crashes on, reads of a template argument
/// that is a class with a pointer in it.
struct kernel_key {
    op kind = op::identity;
    format in = format::f32, out = format::f32;
    kernels::activation act = kernels::activation::none;
    kernels::algorithm algorithm = kernels::algorithm::direct;
    kernels::tile_set tiles{};

    friend constexpr bool operator==(const kernel_key&, const kernel_key&) = default;
};

/// The key of `n`; the register tiles of all nodes with the same key are united by the program.
[[nodiscard]] constexpr kernel_key key_of(const plan_node& n) noexcept {
    kernel_key key{.kind = n.kind == op::linear ? op::conv2d : n.kind, .in = n.in, .out = n.out};
    key.act = is_matmul(n.kind) && kernels::is_register_activation(n.act)
                  ? kernels::activation::none
                  : n.act;
    key.algorithm = n.algorithm;
    return key;
}

/// `key` as `key_of` makes it, before tiles are united.
[[nodiscard]] constexpr kernel_key key_without_tiles(kernel_key key) noexcept {
    key.tiles = {};
    return key;
}

}  // namespace soma
