// SPDX-License-Identifier: MIT
#include <concepts>
#include <set>
#include <string>

#include <soma/model/zoo/vgg.hpp>
#include <soma/runtime/weights/parameters.hpp>

#include "support/catch.hpp"

using namespace soma;

// torchvision's documentation states these for each network's weights (num_params).
static_assert(zoo::vgg<11>::parameter_count == 132'863'336);
static_assert(zoo::vgg<16>::parameter_count == 138'357'544);
static_assert(zoo::vgg_bn<11>::parameter_count == 132'868'840);
static_assert(zoo::vgg_bn<16>::parameter_count == 138'365'992);

// Its "GFLOPS" are multiply-accumulates: 7.61 and 15.47 thousand million.
static_assert(zoo::vgg<11>::work.macs == 7'609'090'048);
static_assert(zoo::vgg<16>::work.macs == 15'470'264'320);

static_assert(std::same_as<zoo::vgg<16>::output_shape, shape<1000>>);
static_assert(std::same_as<zoo::vgg_bn<11, 7>::output_shape, shape<7>>);

namespace {

template <class Model>
std::set<std::string> names() {
    using table = parameter_table<Model>;
    std::set<std::string> all;
    for (const parameter_spec& spec : table::specs) {
        all.insert(table::name(spec));
    }
    return all;
}

}  // namespace

TEST_CASE("model/zoo/vgg: names are those of torchvision's state_dict") {
    CHECK(
        names<zoo::vgg<11>>()
        == std::set<std::string>{
            "features.0.weight",   "features.0.bias",   "features.3.weight",   "features.3.bias",
            "features.6.weight",   "features.6.bias",   "features.8.weight",   "features.8.bias",
            "features.11.weight",  "features.11.bias",  "features.13.weight",  "features.13.bias",
            "features.16.weight",  "features.16.bias",  "features.18.weight",  "features.18.bias",
            "classifier.0.weight", "classifier.0.bias", "classifier.3.weight", "classifier.3.bias",
            "classifier.6.weight", "classifier.6.bias"});
    const std::set<std::string> normalised = names<zoo::vgg_bn<16>>();
    CHECK(normalised.size() == 13 * 6 + 6);
    CHECK(normalised.contains("features.40.weight"));
    CHECK(normalised.contains("features.41.running_mean"));
    CHECK(names<zoo::vgg<16>>().contains("features.28.weight"));
}
