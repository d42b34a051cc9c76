// SPDX-License-Identifier: MIT
#include <soma/perf/synthetic.hpp>
#include <soma/soma.hpp>

#include "networks.hpp"

namespace serve_many {

namespace {

using namespace soma;

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

template <int Channels, int Stride, class Shortcut>
using stage = layers::sequential<layers::scope<"0", block<Channels, Stride, Shortcut>>,
                                 layers::scope<"1", block<Channels, 1, layers::identity>>,
                                 layers::scope<"2", block<Channels, 1, layers::identity>>>;

/// The network of 20 layers for 32x32 pictures of "Deep Residual Learning for Image Recognition"
/// (He et al., 2016), with projections as shortcuts.
struct resnet20
    : model<input<float, 3, 32, 32>,
            layers::conv2d<"conv1", 16, 3, padding<1>>,
            layers::batch_norm<"bn1">,
            layers::relu,
            layers::scope<"layer1", stage<16, 1, layers::identity>>,
            layers::scope<"layer2", stage<32, 2, layers::projection<"downsample", 32, 2>>>,
            layers::scope<"layer3", stage<64, 2, layers::projection<"downsample", 64, 2>>>,
            layers::global_average_pool,
            layers::linear<"fc", 10>> {};

}  // namespace

network resnet20_network() {
    std::vector<float> pictures(16 * resnet20::input_shape::size);
    perf::synthetic_images(pictures, 1);
    return make_network<resnet20>("resnet20",
                                  weights<resnet20>(perf::synthetic_parameters<resnet20>(1)),
                                  std::move(pictures));
}

}  // namespace serve_many
