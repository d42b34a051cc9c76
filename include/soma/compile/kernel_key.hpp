// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What distinguishes one kernel instantiation from another: shapes do not.

#include <soma/compile/plan_node.hpp>
#include <soma/kernels/tiling.hpp>
#include <soma/layers/custom_kernel.hpp>

namespace soma {

/// The template arguments of a node's kernel. A program instantiates one function per key.
///
/// Bias, residual, ReLU and clip are run-time flags of the convolution's epilogue, looked at once
/// per register tile; activations that need a function of their own are part of the key.
struct kernel_key {
    op kind = op::identity;
    format in = format::f32, out = format::f32;
    kernels::activation act = kernels::activation::none;
    kernels::tile_set tiles{};
    const custom_kernel* custom = nullptr;

    /// Whether two nodes can share one function. A custom key shares with no other: while g++
    /// instruments undefined behaviour, it takes no comparison of addresses for a constant.
    friend constexpr bool operator==(const kernel_key& a, const kernel_key& b) noexcept {
        return a.kind == b.kind && a.in == b.in && a.out == b.out && a.act == b.act
               && a.tiles == b.tiles && a.kind != op::custom;
    }
};

/// The key of `n`; the register tiles of all nodes with the same key are united by the program.
[[nodiscard]] constexpr kernel_key key_of(const plan_node& n, const custom_kernel* custom) noexcept {
    kernel_key key{.kind = n.kind == op::linear ? op::conv2d : n.kind, .in = n.in, .out = n.out};
    key.act = is_matmul(n.kind) && kernels::is_register_activation(n.act) ? kernels::activation::none
                                                                          : n.act;
    key.custom = custom;
    return key;
}

/// `key` as `key_of` makes it, before tiles are united.
[[nodiscard]] constexpr kernel_key key_without_tiles(kernel_key key) noexcept {
    key.tiles = {};
    return key;
}

}  // namespace soma
