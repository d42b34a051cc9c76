// SPDX-License-Identifier: MIT
#include <soma/perf/reference_network.hpp>

#include <algorithm>
#include <cmath>

#include <soma/soma.hpp>

#include "support/catch.hpp"

using namespace soma;

namespace {

struct folded : model<input<float, 2, 3, 3>,
                      layers::conv2d<"conv", 1, 2, with_bias>,
                      layers::batch_norm<"norm">,
                      layers::relu> {};

struct identity_kernel {
    static constexpr extents output(extents in) { return in; }
    static constexpr workload work(extents) { return {}; }
    static void run(pixels<const float>, pixels<float>, const float* const*) noexcept {}
};

struct with_custom : model<input<float, 2>, layers::custom<"own", identity_kernel>> {};

}  // namespace

TEST_CASE("a batch normalisation is folded without a rounding", "[perf][reference_network]") {
    parameters<folded> values;
    const auto weights = values["conv.weight"];
    for (std::size_t i = 0; i < weights.size(); ++i) {
        weights[i] = static_cast<float>(i + 1);
    }
    values["conv.bias"][0] = 3;
    values["norm.weight"][0] = 5;
    values["norm.bias"][0] = 7;
    values["norm.running_mean"][0] = 2;
    values["norm.running_var"][0] = 0.75F;

    const auto network = perf::make_reference_network(values);
    REQUIRE(network);
    REQUIRE(network->nodes.size() == 3);
    CHECK(network->inputs() == 18);
    CHECK(network->outputs() == 4);
    const perf::reference_node& conv = network->nodes[1];
    CHECK(conv.kind == op::conv2d);
    CHECK(conv.act == kernels::activation::relu);
    CHECK(conv.derived);
    const double scale = 5 / std::sqrt(0.75 + 1e-5);
    // Whether compilers fuse a product and a sum is up to them: four roundings here or there.
    CHECK(std::abs(conv.bias[0] - (scale + 7)) <= 4 * 0x1p-53 * (5 * scale + 7));
    // [out][tap][in] from [out][in][tap].
    const double expected[] = {1, 5, 2, 6, 3, 7, 4, 8};
    for (std::size_t i = 0; i < 8; ++i) {
        CHECK(conv.weights[i] == expected[i] * scale);
    }
}

TEST_CASE("a value's place counts channels fastest", "[perf][reference_network]") {
    const extents image{2, 2, 3};
    CHECK(perf::value_index(image, 0) == 0);
    CHECK(perf::value_index(image, 1) == 2);
    CHECK(perf::value_index(image, 6) == 1);
    CHECK(perf::value_index(image, 11) == 11);
}

TEST_CASE("a custom layer has no reference", "[perf][reference_network]") {
    CHECK_FALSE(perf::make_reference_network(parameters<with_custom>{}));
}

TEST_CASE("an operator without a kernel has no reference", "[perf][reference_network]") {
    struct normalised : model<input<float, 4, 3, 1>, layers::layer_norm<"norm">> {};
    struct linear_tokens : model<input<float, 4, 3, 1>, layers::linear<"fc", 2, each_token>> {};
    CHECK_FALSE(perf::make_reference_network(parameters<normalised>{}));
    CHECK(perf::make_reference_network(parameters<linear_tokens>{}));
}
