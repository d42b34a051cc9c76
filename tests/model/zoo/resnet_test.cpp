// SPDX-License-Identifier: MIT
#include <concepts>
#include <string>

#include <soma/model/zoo/resnet.hpp>
#include <soma/runtime/weights/parameters.hpp>

#include "support/catch.hpp"

using namespace soma;

// torchvision's documentation states these for each network's weights (num_params).
static_assert(zoo::resnet<18>::parameter_count == 11'689'512);
static_assert(zoo::resnet<34>::parameter_count == 21'797'672);
static_assert(zoo::resnet<50>::parameter_count == 25'557'032);
static_assert(zoo::resnet<101>::parameter_count == 44'549'160);
static_assert(zoo::resnet<152>::parameter_count == 60'192'808);

// Its "GFLOPS" are multiply-accumulates: 1.81, 3.66, 4.09, 7.80 and 11.51 thousand million.
static_assert(zoo::resnet<18>::work.macs == 1'814'073'344);
static_assert(zoo::resnet<34>::work.macs == 3'663'761'408);
static_assert(zoo::resnet<50>::work.macs == 4'089'184'256);
static_assert(zoo::resnet<101>::work.macs == 7'801'405'440);
static_assert(zoo::resnet<152>::work.macs == 11'513'626'624);

static_assert(std::same_as<zoo::resnet<50>::output_shape, shape<1000>>);
static_assert(std::same_as<zoo::resnet<18, 10, 32>::input_shape, shape<3, 32, 32>>);
static_assert(std::same_as<zoo::resnet<18, 10, 32>::output_shape, shape<10>>);

namespace {

template <class Model>
bool has(const std::string& wanted) {
    using table = parameter_table<Model>;
    for (const parameter_spec& spec : table::specs) {
        if (table::name(spec) == wanted) {
            return true;
        }
    }
    return false;
}

}  // namespace

TEST_CASE("model/zoo/resnet: names are those of torchvision's state_dict") {
    // 53 convolutions, as many normalisations of four tensors, and a linear layer.
    CHECK(parameter_table<zoo::resnet<50>>::specs.size() == 53 * 5 + 2);
    for (const char* name :
         {"conv1.weight", "bn1.running_var", "layer1.0.conv1.weight",
          "layer1.0.downsample.0.weight", "layer1.0.downsample.1.running_mean", "layer3.5.bn3.bias",
          "layer4.2.conv3.weight", "fc.weight", "fc.bias"}) {
        INFO(name);
        CHECK(has<zoo::resnet<50>>(name));
    }
    CHECK(has<zoo::resnet<152>>("layer3.35.conv3.weight"));
    CHECK(has<zoo::resnet<18>>("layer2.0.downsample.0.weight"));
    CHECK_FALSE(has<zoo::resnet<18>>("layer1.0.downsample.0.weight"));
    CHECK_FALSE(has<zoo::resnet<18>>("layer1.0.conv3.weight"));
    CHECK_FALSE(has<zoo::resnet<50>>("conv1.bias"));
}
