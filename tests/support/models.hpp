// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Small models that between them have every layer, with sizes that are no multiple of anything.

#include <array>
#include <string_view>

#include <soma/layers/activation.hpp>
#include <soma/layers/custom.hpp>
#include <soma/layers/linear.hpp>
#include <soma/layers/pool.hpp>
#include <soma/layers/softmax.hpp>
#include <soma/model/join.hpp>
#include <soma/model/model.hpp>

namespace soma::test {

/// Convolutions of every kind, pools, joins, a linear layer on an image.
struct mixed
    : model<input<float, 3, 11, 9>,
            layers::conv2d<"stem", 5, 3, stride<2>, padding<1>, with_bias>,
            layers::batch_norm<"bn1">,
            layers::relu,
            layers::conv2d<"depthwise", 5, 3, padding<1>, groups<5>>,
            layers::batch_norm<"bn2">,
            layers::relu6,
            layers::conv2d<"multiplier", 10, 3, padding<1>, groups<5>, with_bias>,
            layers::conv2d<"dilated", 6, 3, padding<2>, dilation<2>>,
            layers::conv2d<"grouped", 8, 1, kernel_size<1, 3>, padding<0, 1>, groups<2>, with_bias>,
            layers::leaky_relu<>,
            layers::scope<"block",
                          layers::residual<
                              layers::sequential<layers::conv2d<"a", 12, 3, stride<2>, padding<1>>,
                                                 layers::batch_norm<"abn">>,
                              layers::projection<"downsample", 12, 2>>>,
            layers::relu,
            layers::concat<layers::max_pool<3, stride<1>, padding<1>>,
                           layers::average_pool<3, stride<1>, padding<1>, exclude_padding>,
                           layers::average_pool<3, stride<1>, padding<1>>,
                           layers::conv2d<"side", 5, 1>>,
            layers::average_pool<2, stride<1>>,
            layers::flatten,
            layers::linear<"fc", 17>,
            layers::gelu,
            layers::linear<"head", 11, no_bias>> {};

template <fixed_string Name, class Activation>
using fused = layers::sequential<layers::conv2d<Name, 3, 1, with_bias>, Activation>;
template <class Activation>
using alone = layers::sequential<layers::average_pool<1>, Activation>;

using narrow_clip = layers::clip<std::ratio<-1, 2>, std::ratio<3, 4>>;
using steep_elu = layers::elu<std::ratio<3, 2>>;
using steep_leak = layers::leaky_relu<std::ratio<1, 5>>;

/// Every activation: as part of a convolution, and as a node of its own. Softmax, too.
struct activations
    : model<input<float, 7, 3, 3>,
            layers::concat<layers::concat<fused<"relu", layers::relu>,
                                          fused<"clip", narrow_clip>,
                                          fused<"leaky", steep_leak>,
                                          fused<"sigmoid", layers::sigmoid>,
                                          fused<"tanh", layers::tanh>,
                                          fused<"silu", layers::silu>>,
                           layers::concat<fused<"gelu", layers::gelu>,
                                          fused<"gelu_tanh", layers::gelu_tanh>,
                                          fused<"hard_sigmoid", layers::hard_sigmoid>,
                                          fused<"hard_swish", layers::hard_swish>,
                                          fused<"elu", steep_elu>,
                                          fused<"softmax", layers::softmax>>>,
            layers::concat<layers::concat<alone<layers::relu>,
                                          alone<narrow_clip>,
                                          alone<steep_leak>,
                                          alone<layers::sigmoid>,
                                          alone<layers::tanh>,
                                          alone<layers::silu>>,
                           layers::concat<alone<layers::gelu>,
                                          alone<layers::gelu_tanh>,
                                          alone<layers::hard_sigmoid>,
                                          alone<layers::hard_swish>,
                                          alone<steep_elu>,
                                          alone<layers::softmax>>>> {};

/// FP32 only, with learned tensors: `gain[c] * x + offset[0]`.
struct gain_and_offset {
    static constexpr extents output(extents in) { return in; }
    static constexpr workload work(extents in) { return {.vector_ops = 2 * in.elements()}; }
    static constexpr std::array<custom_parameter, 2> parameters(extents in) {
        return {{{"gain", in.c}, {"offset", 1}}};
    }
    static void run(pixels<const float> in, pixels<float> out, const float* const* p) noexcept {
        for (int i = 0; i < in.count(); ++i) {
            for (int c = 0; c < in.c; ++c) {
                out.data[i * out.pitch + c] = p[0][c] * in.data[i * in.pitch + c] + p[1][0];
            }
        }
    }
};

/// Any format: the channels, then their negatives.
struct mirror {
    static constexpr extents output(extents in) { return {2 * in.c, in.h, in.w}; }
    static constexpr workload work(extents in) { return {.vector_ops = in.elements()}; }
    template <class T>
    static void run(pixels<const T> in, pixels<T> out) noexcept {
        for (int i = 0; i < in.count(); ++i) {
            for (int c = 0; c < in.c; ++c) {
                const T x = in.data[i * in.pitch + c];
                out.data[i * out.pitch + c] = x;
                out.data[i * out.pitch + in.c + c] = T(-static_cast<float>(x));
            }
        }
    }
};

/// Norms that nothing can absorb, custom layers, sums of three, blocks, a vector tail.
struct unusual
    : model<input<float, 5, 4, 3>,
            layers::batch_norm<"bn0">,
            layers::clip<std::ratio<-3, 4>, std::ratio<5, 2>>,
            layers::custom<"mirror", mirror>,
            layers::sum<layers::identity,
                        layers::conv2d<"even", 10, 3, padding<1>>,
                        layers::custom<"gain", gain_and_offset>>,
            layers::batch_norm<"bn1">,
            steep_elu,
            layers::global_average_pool,
            layers::flatten,
            layers::linear<"fc1", 13, in_channels<10>>,
            layers::batch_norm<"bn2">,
            layers::tanh,
            layers::dropout,
            layers::custom<"tail", gain_and_offset>,
            layers::scope<
                "blocks",
                layers::repeat<
                    2,
                    layers::sequential<layers::residual<layers::sequential<layers::linear<"fc", 13>,
                                                                           layers::hard_swish>>,
                                       steep_leak>>>,
            layers::parallel<layers::identity, layers::sigmoid>,
            layers::concat<layers::from<1>, layers::from<0>>,
            layers::log_softmax> {};

}  // namespace soma::test
