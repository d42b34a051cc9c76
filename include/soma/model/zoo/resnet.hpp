// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Residual networks as torchvision builds them: v1.5, with the stride in the 3x3 convolution.
///
/// He et al., "Deep Residual Learning for Image Recognition" (2015); torchvision's names, so that
/// its state_dict loads as it is.

#include <soma/base/diagnostic.hpp>
#include <soma/layers/activation.hpp>
#include <soma/layers/batch_norm.hpp>
#include <soma/layers/conv2d.hpp>
#include <soma/layers/linear.hpp>
#include <soma/layers/pool.hpp>
#include <soma/model/join.hpp>
#include <soma/model/model.hpp>
#include <soma/model/sequential.hpp>

namespace soma::zoo {

/// Two 3x3 convolutions beside a shortcut: the block of resnet18 and resnet34.
template <int Channels, int Stride>
struct basic_block {
    static constexpr int out_channels = Channels;
    using body =
        layers::sequential<layers::conv2d<"conv1", Channels, 3, stride<Stride>, padding<1>>,
                           layers::batch_norm<"bn1">,
                           layers::relu,
                           layers::conv2d<"conv2", Channels, 3, padding<1>>,
                           layers::batch_norm<"bn2">>;
};

/// 1x1, 3x3 and 1x1 convolutions beside a shortcut: the block of the deeper networks.
template <int Channels, int Stride>
struct bottleneck {
    static constexpr int out_channels = 4 * Channels;
    using body =
        layers::sequential<layers::conv2d<"conv1", Channels, 1>,
                           layers::batch_norm<"bn1">,
                           layers::relu,
                           layers::conv2d<"conv2", Channels, 3, stride<Stride>, padding<1>>,
                           layers::batch_norm<"bn2">,
                           layers::relu,
                           layers::conv2d<"conv3", 4 * Channels, 1>,
                           layers::batch_norm<"bn3">>;
};

/// The block counts of a published depth.
template <int Depth>
struct resnet_blocks
    : require<wrong_layer_argument<layer<fixed_string{"resnet"}>,
                                   expected<fixed_string{"depth 18, 34, 50, 101 or 152"}>,
                                   got<Depth>>> {};

template <>
struct resnet_blocks<18> {
    static constexpr int count[4] = {2, 2, 2, 2};
    template <int Channels, int Stride>
    using block = basic_block<Channels, Stride>;
};
template <>
struct resnet_blocks<34> {
    static constexpr int count[4] = {3, 4, 6, 3};
    template <int Channels, int Stride>
    using block = basic_block<Channels, Stride>;
};
template <>
struct resnet_blocks<50> {
    static constexpr int count[4] = {3, 4, 6, 3};
    template <int Channels, int Stride>
    using block = bottleneck<Channels, Stride>;
};
template <>
struct resnet_blocks<101> {
    static constexpr int count[4] = {3, 4, 23, 3};
    template <int Channels, int Stride>
    using block = bottleneck<Channels, Stride>;
};
template <>
struct resnet_blocks<152> {
    static constexpr int count[4] = {3, 8, 36, 3};
    template <int Channels, int Stride>
    using block = bottleneck<Channels, Stride>;
};

namespace detail {

/// `Block`'s body plus its input, projected where `Projected` says so, then ReLU.
template <class Block, int Stride, bool Projected>
struct residual_block : layers::sequential<layers::residual<typename Block::body>, layers::relu> {};
template <class Block, int Stride>
struct residual_block<Block, Stride, true>
    : layers::sequential<
          layers::residual<typename Block::body,
                           layers::projection<"downsample", Block::out_channels, Stride>>,
          layers::relu> {};

/// Blocks of one image size; the first one halves it (or not) and changes the channels.
template <fixed_string Name, class Blocks, int Index, int In, int Channels, int Stride>
struct resnet_stage {
    using first = typename Blocks::template block<Channels, Stride>;
    using other = typename Blocks::template block<Channels, 1>;
    using type = layers::scope<
        Name,
        layers::item<0, residual_block<first, Stride, (Stride != 1 || In != first::out_channels)>>,
        layers::repeat<Blocks::count[Index] - 1, residual_block<other, 1, false>, 1>>;
    static constexpr int out_channels = first::out_channels;
};

template <class Blocks, int Classes, int Size>
struct resnet_model {
    using stage1 = resnet_stage<"layer1", Blocks, 0, 64, 64, 1>;
    using stage2 = resnet_stage<"layer2", Blocks, 1, stage1::out_channels, 128, 2>;
    using stage3 = resnet_stage<"layer3", Blocks, 2, stage2::out_channels, 256, 2>;
    using stage4 = resnet_stage<"layer4", Blocks, 3, stage3::out_channels, 512, 2>;
    using type = model<input<float, 3, Size, Size>,
                       layers::conv2d<"conv1", 64, 7, stride<2>, padding<3>>,
                       layers::batch_norm<"bn1">,
                       layers::relu,
                       layers::max_pool<3, stride<2>, padding<1>>,
                       typename stage1::type,
                       typename stage2::type,
                       typename stage3::type,
                       typename stage4::type,
                       layers::global_average_pool,
                       layers::linear<"fc", Classes>>;
};

}  // namespace detail

/// ResNet-`Depth` v1.5 for RGB images of `Size` x `Size` pixels; returns `Classes` logits.
template <int Depth, int Classes = 1000, int Size = 224>
struct resnet : detail::resnet_model<resnet_blocks<Depth>, Classes, Size>::type {};

}  // namespace soma::zoo
