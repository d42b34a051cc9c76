// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Models that together use every layer and every option; oracle.py builds the same as ONNX graphs.
///
/// Channel counts are odd where they can be, images are not square, and no two sizes of a model
/// agree by accident: transposed or padded in the wrong place, a result is wrong.

#include <array>
#include <ratio>

#include <soma/soma.hpp>

namespace oracle {

using namespace soma;
using namespace soma::layers;

/// Few input channels, strides, kernels and paddings that differ between height and width.
struct strided
    : model<input<float, 3, 11, 14>,
            conv2d<"stem", 12, 3, stride<2>, padding<1>>,
            batch_norm<"norm">,
            relu,
            conv2d<"wide", 35, 1, kernel_size<1, 5>, padding<0, 2>, stride<1, 2>, with_bias>,
            elu<>,
            conv2d<"tall", 9, 1, kernel_size<5, 2>, padding<2, 1>, in_channels<35>>,
            conv2d<"point", 70, 1, with_bias>> {};

struct coarse_epsilon {
    static constexpr double value = 1e-3;
};

/// A layer of the user's own, with a learned slope for each channel; it only knows FP32.
struct prelu {
    static constexpr extents output(extents in) { return in; }
    static constexpr workload work(extents in) { return {.vector_ops = in.elements()}; }
    static constexpr auto parameters(extents in) {
        return std::array{custom_parameter{"slope", in.c}};
    }
    static void run(pixels<const float> in,
                    pixels<float> out,
                    const float* const* learned) noexcept {
        for (int p = 0; p < in.count(); ++p) {
            for (int c = 0; c < in.c; ++c) {
                const float x = in.data[p * in.pitch + c];
                out.data[p * out.pitch + c] = x < 0 ? x * learned[0][c] : x;
            }
        }
    }
};

struct dilated
    : model<input<float, 5, 15, 13>,
            conv2d<"even", 7, 3, dilation<2>, padding<2>, with_bias>,
            leaky_relu<>,
            conv2d<"wide", 33, 3, dilation<1, 3>, padding<1, 3>, stride<2, 1>, with_bias>,
            batch_norm<"norm", coarse_epsilon>,
            silu,
            conv2d<"tall", 17, 3, dilation<3, 1>, padding<2, 0>>,
            custom<"prelu", prelu>> {};

struct grouped : model<input<float, 9, 10, 12>,
                       conv2d<"three", 15, 3, groups<3>, padding<1>, with_bias>,
                       relu6,
                       conv2d<"five", 30, 3, groups<5>, stride<1, 2>, padding<0, 1>>,
                       batch_norm<"norm">,
                       conv2d<"twice", 60, 3, groups<30>, padding<1>>,
                       hard_swish,
                       conv2d<"two", 34, 1, groups<2>, with_bias>> {};

/// Convolutions of each channel alone.
struct depthwise
    : model<input<float, 17, 12, 9>,
            conv2d<"first", 17, 1, kernel_size<5, 3>, padding<2, 1>, groups<17>, with_bias>,
            clip<std::ratio<-1, 2>, std::ratio<3, 2>>,
            conv2d<"mix", 39, 1>,
            batch_norm<"mix_norm">,
            gelu,
            conv2d<"second", 39, 3, stride<2, 1>, padding<1>, groups<39>>,
            batch_norm<"norm">,
            relu,
            conv2d<"third", 39, 3, dilation<2, 3>, padding<2>, groups<39>>> {};

struct perceptron : model<input<float, 37>,
                          linear<"hidden", 50>,
                          gelu,
                          dropout,
                          linear<"narrow", 23, no_bias>,
                          batch_norm<"norm">,
                          layers::tanh,
                          linear<"wide", 67, in_channels<23>>,
                          relu,
                          linear<"classes", 11>,
                          softmax> {};

/// Linear layers that read images; the second flatten has two readers, the third none to join.
struct flattened : model<input<float, 3, 7, 5>,
                         conv2d<"conv", 6, 3, padding<1>, with_bias>,
                         elu<std::ratio<1, 2>>,
                         flatten,
                         sum<linear<"left", 21>, sequential<linear<"right", 21>, sigmoid>>,
                         flatten,
                         linear<"head", 9>,
                         log_softmax> {};

struct flat_image
    : model<input<float, 5, 9, 6>, max_pool<2>, flatten, batch_norm<"norm">, hard_sigmoid> {};

/// Only the second of these normalisations can be folded.
struct normalised : model<input<float, 7, 6, 8>,
                          batch_norm<"before">,
                          relu,
                          conv2d<"conv", 13, 3, padding<1>>,
                          batch_norm<"folded", coarse_epsilon>,
                          batch_norm<"again">,
                          residual<batch_norm<"branch">, layers::tanh>,
                          conv2d<"last", 6, 1>,
                          relu,
                          batch_norm<"after">> {};

/// Every activation as a node of its own.
struct activations : model<input<float, 3, 9, 7>,
                           concat<relu, sigmoid, layers::tanh, silu, gelu, gelu_tanh>,
                           concat<identity,
                                  clip<std::ratio<-1, 4>, std::ratio<5, 8>>,
                                  relu6,
                                  leaky_relu<std::ratio<1, 5>>,
                                  elu<std::ratio<3, 4>>,
                                  hard_sigmoid,
                                  hard_swish>> {};

/// Every activation in the epilogue of a convolution.
struct fused_activations
    : model<input<float, 11, 5, 6>,
            concat<sequential<conv2d<"relu", 3, 1>, relu>,
                   sequential<conv2d<"clip", 3, 1, with_bias>, clip<std::ratio<-1>, std::ratio<1>>>,
                   sequential<conv2d<"leaky", 19, 1>, leaky_relu<std::ratio<1, 3>>>,
                   sequential<conv2d<"sigmoid", 5, 1, with_bias>, sigmoid>,
                   sequential<conv2d<"tanh", 5, 3, padding<1>>, layers::tanh>,
                   sequential<conv2d<"silu", 5, 1>, silu>>,
            concat<sequential<conv2d<"gelu", 7, 1, with_bias>, gelu>,
                   sequential<conv2d<"gelu_tanh", 7, 1>, gelu_tanh>,
                   sequential<conv2d<"hard_sigmoid", 7, 1>, hard_sigmoid>,
                   sequential<conv2d<"hard_swish", 7, 1>, hard_swish>,
                   sequential<conv2d<"elu", 7, 3, padding<1>, with_bias>, elu<std::ratio<2>>>>> {};

struct pools
    : model<input<float, 7, 13, 11>,
            concat<max_pool<3, stride<2>, padding<1>>,
                   average_pool<3, stride<2>, padding<1>>,
                   average_pool<3, stride<2>, padding<1>, exclude_padding>,
                   average_pool<1, kernel_size<3, 5>, padding<1, 2>, stride<2>, exclude_padding>>,
            concat<max_pool<2>,
                   average_pool<2>,
                   max_pool<1, kernel_size<2, 3>, stride<2>, padding<0, 1>>>,
            concat<global_average_pool, sequential<max_pool<3>, flatten>>> {};

/// Names in scopes, list items and repeated blocks; branches that read several values.
struct branches
    : model<
          input<float, 5, 8, 6>,
          scope<"stem", conv2d<"conv", 9, 3, padding<1>>, batch_norm<"norm">, relu>,
          parallel<scope<"a", conv2d<"conv", 9, 1, with_bias>>,
                   identity,
                   item<2, conv2d<"conv", 3, 3, padding<1>>>>,
          concat<sum<from<0>, from<1, relu>, from<1, average_pool<3, stride<1>, padding<1>>>>,
                 from<2, sigmoid>,
                 from<0, max_pool<3, stride<1>, padding<1>>>>,
          scope<"blocks",
                repeat<2,
                       residual<sequential<conv2d<"conv", 21, 3, padding<1>>, batch_norm<"norm">>>>,
                repeat<2, sequential<conv2d<"conv", 21, 1, with_bias>, silu>, 2>>,
          sum<from<0>, from<0>>,
          global_average_pool,
          linear<"head", 4>> {};

/// Additions before, after and without an activation; the shortcut first and the shortcut last.
struct residuals
    : model<input<float, 4, 9, 10>,
            conv2d<"stem", 10, 3, padding<1>>,
            scope<"one",
                  residual<sequential<conv2d<"conv1", 20, 3, stride<2>, padding<1>>,
                                      batch_norm<"bn1">,
                                      relu,
                                      conv2d<"conv2", 20, 3, padding<1>>,
                                      batch_norm<"bn2">>,
                           projection<"downsample", 20, 2>>,
                  relu>,
            scope<"two",
                  sum<identity, sequential<conv2d<"conv", 20, 3, padding<1>, with_bias>, relu>>>,
            scope<"three", residual<conv2d<"conv", 20, 1>>, batch_norm<"norm">, gelu_tanh>,
            scope<"four",
                  residual<sequential<average_pool<3, stride<1>, padding<1>>, relu>>,
                  layers::tanh>> {};

/// Softmax over the channels of an image, in the middle of a model and at its end.
struct softmaxes : model<input<float, 6, 5, 7>,
                         conv2d<"scores", 21, 1, with_bias>,
                         softmax,
                         conv2d<"mix", 37, 3, padding<1>, with_bias>,
                         log_softmax> {};

}  // namespace oracle
