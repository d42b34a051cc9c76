// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The network that was trained on handwritten digits, as a type.

#include <soma/soma.hpp>

namespace digits {

using namespace soma;

/// Two 3x3 convolutions beside a shortcut: torchvision's BasicBlock.
template <int Channels, int Stride, class Shortcut>
using block = layers::sequential<
    layers::residual<
        layers::sequential<layers::conv2d<"conv1", Channels, 3, stride<Stride>, padding<1>>,
                           layers::batch_norm<"bn1">,
                           layers::relu,
                           layers::conv2d<"conv2", Channels, 3, padding<1>>,
                           layers::batch_norm<"bn2">>,
        Shortcut>,
    layers::relu>;

/// 8x8 grey pixels in [0, 1] to ten logits; names are the keys of the PyTorch state_dict.
struct resnet
    : model<input<float, 1, 8, 8>,
            layers::conv2d<"conv1", 16, 3, padding<1>>,
            layers::batch_norm<"bn1">,
            layers::relu,
            layers::scope<"layer1", block<16, 1, layers::identity>>,
            layers::scope<"layer2", block<32, 2, layers::projection<"downsample", 32, 2>>>,
            layers::scope<"layer3", block<64, 2, layers::projection<"downsample", 64, 2>>>,
            layers::global_average_pool,
            layers::linear<"fc", 10>> {};

static_assert(resnet::parameter_count == 77'754);
static_assert(std::same_as<resnet::output_shape, shape<10>>);

}  // namespace digits
