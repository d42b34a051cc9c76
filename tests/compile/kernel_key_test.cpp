// SPDX-License-Identifier: MIT
#include <soma/compile/kernel_key.hpp>

using namespace soma;
using kernels::activation;

namespace {

constexpr plan_node matmul(op kind, activation act) {
    plan_node n;
    n.kind = kind;
    n.in = format::bf16;
    n.out = format::f32;
    n.act = act;
    return n;
}

constexpr kernel_key key(op kind, activation act) {
    return key_of(matmul(kind, act));
}

}  // namespace

// A linear layer is a convolution; register activations are run-time flags of both.
static_assert(key(op::linear, activation::none) == key(op::conv2d, activation::none));
static_assert(key(op::conv2d, activation::relu) == key(op::conv2d, activation::none));
static_assert(key(op::conv2d, activation::clip) == key(op::conv2d, activation::none));
static_assert(!(key(op::conv2d, activation::silu) == key(op::conv2d, activation::none)));
static_assert(key(op::conv2d, activation::silu).act == activation::silu);

// Elsewhere the activation is part of the kernel.
static_assert(!(key(op::add, activation::relu) == key(op::add, activation::none)));
static_assert(key(op::activation, activation::relu).act == activation::relu);

static_assert(key(op::conv2d, activation::none).in == format::bf16
              && key(op::conv2d, activation::none).out == format::f32);
static_assert([] {
    kernel_key k = key(op::conv2d, activation::none);
    k.tiles.insert(3, 2);
    return !(k == key(op::conv2d, activation::none))
           && key_without_tiles(k) == key(op::conv2d, activation::none);
}());

// What layers can say and kernels cannot compute yet.
static_assert(has_kernel(op::conv2d) && has_kernel(op::cast) && has_kernel(op::custom));
static_assert(!has_kernel(op::embedding) && !has_kernel(op::layer_norm)
              && !has_kernel(op::attention) && !has_kernel(op::slice));
