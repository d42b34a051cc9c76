// SPDX-License-Identifier: MIT
#include <soma/layers/activation.hpp>

#include "support/lower.hpp"

using namespace soma;
using kernels::activation;
using kernels::activation_parameters;

namespace {

template <class Layer>
consteval bool is(activation kind, activation_parameters parameters = {}) {
    const node n = test::last<Layer>({3, 4, 5});
    return layer_type<Layer> && n.kind == op::activation && n.act == kind
           && n.act_parameters == parameters && n.out == extents{3, 4, 5} && n.inputs.count == 1
           && n.work == workload{.vector_ops = 60} && test::gives<Layer>({3, 4, 5}, {3, 4, 5});
}

}  // namespace

static_assert(is<layers::relu>(activation::relu));
static_assert(is<layers::sigmoid>(activation::sigmoid));
static_assert(is<layers::tanh>(activation::tanh));
static_assert(is<layers::silu>(activation::silu));
static_assert(is<layers::gelu>(activation::gelu));
static_assert(is<layers::gelu_tanh>(activation::gelu_tanh));
static_assert(is<layers::hard_sigmoid>(activation::hard_sigmoid));
static_assert(is<layers::hard_swish>(activation::hard_swish));

static_assert(is<layers::clip<std::ratio<-1, 2>, std::ratio<3>>>(activation::clip, {-0.5F, 3.0F}));
static_assert(is<layers::relu6>(activation::clip, {0.0F, 6.0F}));
static_assert(is<layers::leaky_relu<>>(activation::leaky_relu, {0.01F, 0.0F}));
static_assert(is<layers::leaky_relu<std::ratio<1, 5>>>(activation::leaky_relu, {0.2F, 0.0F}));
static_assert(is<layers::elu<>>(activation::elu, {1.0F, 0.0F}));
static_assert(is<layers::elu<std::ratio<7, 4>>>(activation::elu, {1.75F, 0.0F}));

// A clip of equal bounds is odd but sound; of swapped bounds it is a mistake.
static_assert(is<layers::clip<std::ratio<1>, std::ratio<1>>>(activation::clip, {1.0F, 1.0F}));
static_assert(test::lower<layers::clip<std::ratio<2>, std::ratio<1>>>(extents{3}).error.what
              == fault::argument);

static_assert(test::reports<layers::relu>(
    fault::inputs, "relu", "1 input", "2 inputs", extents{3}, extents{3}));
