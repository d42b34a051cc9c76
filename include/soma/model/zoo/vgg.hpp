// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The VGG networks as torchvision builds them, with and without batch normalisation.
///
/// Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition"
/// (2014); torchvision's names, so that its state_dict loads as it is.

#include <soma/base/diagnostic.hpp>
#include <soma/layers/activation.hpp>
#include <soma/layers/batch_norm.hpp>
#include <soma/layers/conv2d.hpp>
#include <soma/layers/linear.hpp>
#include <soma/layers/pool.hpp>
#include <soma/layers/reshape.hpp>
#include <soma/model/model.hpp>
#include <soma/model/sequential.hpp>

namespace soma::zoo {

/// Convolutions of 64, 128, 256, 512 and 512 channels before each of the five poolings.
template <int Depth>
struct vgg_convolutions : require<wrong_layer_argument<layer<fixed_string{"vgg"}>,
                                                       expected<fixed_string{"depth 11 or 16"}>,
                                                       got<Depth>>> {};
template <>
struct vgg_convolutions<11> {
    static constexpr int count[5] = {1, 1, 2, 2, 2};
};
template <>
struct vgg_convolutions<16> {
    static constexpr int count[5] = {2, 2, 3, 3, 3};
};

namespace detail {

/// A 3x3 convolution, its normalisation and its ReLU at position `At` of the list of features.
template <int At, int Channels, bool Normalised>
struct vgg_convolution
    : layers::sequential<layers::item<At, layers::conv2d<"", Channels, 3, padding<1>, with_bias>>,
                         layers::relu> {};
template <int At, int Channels>
struct vgg_convolution<At, Channels, true>
    : layers::sequential<layers::item<At, layers::conv2d<"", Channels, 3, padding<1>, with_bias>>,
                         layers::item<At + 1, layers::batch_norm<"">>,
                         layers::relu> {};

/// `Count` convolutions and a pooling, numbered from `At`.
template <int At, int Channels, int Count, bool Normalised>
struct vgg_stage
    : layers::sequential<vgg_convolution<At, Channels, Normalised>,
                         vgg_stage<At + (Normalised ? 3 : 2), Channels, Count - 1, Normalised>> {};
template <int At, int Channels, bool Normalised>
struct vgg_stage<At, Channels, 0, Normalised> : layers::max_pool<2> {};

/// Where stage `Index` starts in the list: after the layers and poolings before it.
template <class Convolutions, bool Normalised>
[[nodiscard]] constexpr int vgg_start(int index) noexcept {
    int at = 0;
    for (int i = 0; i < index; ++i) {
        at += Convolutions::count[i] * (Normalised ? 3 : 2) + 1;
    }
    return at;
}

template <class Convolutions, bool Normalised, int Index, int Channels>
using vgg_stage_at = vgg_stage<vgg_start<Convolutions, Normalised>(Index),
                               Channels,
                               Convolutions::count[Index],
                               Normalised>;

template <class Convolutions, bool Normalised, int Classes, int Size>
struct vgg_model {
    // Other sizes end in an adaptive pooling to 7 x 7, which here would leave the image as it is.
    static_assert(Size == 224, "vgg: images of 224 x 224 pixels");
    using type = model<input<float, 3, Size, Size>,
                       layers::scope<"features",
                                     vgg_stage_at<Convolutions, Normalised, 0, 64>,
                                     vgg_stage_at<Convolutions, Normalised, 1, 128>,
                                     vgg_stage_at<Convolutions, Normalised, 2, 256>,
                                     vgg_stage_at<Convolutions, Normalised, 3, 512>,
                                     vgg_stage_at<Convolutions, Normalised, 4, 512>>,
                       layers::flatten,
                       layers::scope<"classifier",
                                     layers::item<0, layers::linear<"", 4096>>,
                                     layers::relu,
                                     layers::item<3, layers::linear<"", 4096>>,
                                     layers::relu,
                                     layers::item<6, layers::linear<"", Classes>>>>;
};

}  // namespace detail

/// VGG-`Depth` for RGB images of `Size` x `Size` pixels; returns `Classes` logits.
template <int Depth, int Classes = 1000, int Size = 224>
struct vgg : detail::vgg_model<vgg_convolutions<Depth>, false, Classes, Size>::type {};

/// VGG-`Depth` with a batch normalisation after each convolution.
template <int Depth, int Classes = 1000, int Size = 224>
struct vgg_bn : detail::vgg_model<vgg_convolutions<Depth>, true, Classes, Size>::type {};

}  // namespace soma::zoo
