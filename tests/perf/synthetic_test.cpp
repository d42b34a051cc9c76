// SPDX-License-Identifier: MIT
#include <soma/perf/synthetic.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <vector>

#include <soma/compile/program.hpp>
#include <soma/model/zoo/resnet.hpp>
#include <soma/runtime/executor.hpp>

#include "support/catch.hpp"

using namespace soma;

namespace {

struct moments {
    double mean = 0, deviation = 0, least = 1e9, most = -1e9;
};

moments of(std::span<const float> values) {
    moments m;
    for (const float v : values) {
        m.mean += static_cast<double>(v) / static_cast<double>(values.size());
        m.least = std::fmin(m.least, static_cast<double>(v));
        m.most = std::fmax(m.most, static_cast<double>(v));
    }
    for (const float v : values) {
        const double d = static_cast<double>(v) - m.mean;
        m.deviation += d * d / static_cast<double>(values.size());
    }
    m.deviation = std::sqrt(m.deviation);
    return m;
}

}  // namespace

TEST_CASE("a seed gives these bits everywhere", "[perf][synthetic]") {
    // From the description of the generator in exact arithmetic, in another language.
    struct golden {
        std::string_view name;
        std::size_t index;
        std::uint32_t bits;
    };
    constexpr golden expected[] = {
        {"conv1.weight", 0, 0x3BA7C94DU},
        {"conv1.weight", 9407, 0xBE01FF46U},
        {"bn1.weight", 0, 0x3F80018FU},
        {"layer1.0.bn3.weight", 5, 0x3F73CA84U},
        {"layer1.0.downsample.1.weight", 5, 0x3E335539U},
        {"layer1.1.bn3.weight", 7, 0x3E23CD21U},
        {"bn1.running_var", 3, 0x3F821BE1U},
        {"bn1.bias", 3, 0xBC9B4F92U},
        {"bn1.running_mean", 3, 0x3D3328B4U},
        {"fc.bias", 999, 0x3CAD8D2EU},
        {"fc.weight", 2047999, 0x3CE8BCD1U},
    };
    auto values = perf::synthetic_parameters<zoo::resnet<50>>(1);
    for (const golden& g : expected) {
        CAPTURE(g.name, g.index);
        CHECK(std::bit_cast<std::uint32_t>(values[g.name][g.index]) == g.bits);
    }
    std::vector<float> image(150'528);
    perf::synthetic_images(image, 1);
    CHECK(std::bit_cast<std::uint32_t>(image[0]) == 0xBFB60C4AU);
    CHECK(std::bit_cast<std::uint32_t>(image[1]) == 0xBFE7D82FU);
    CHECK(std::bit_cast<std::uint32_t>(image[150'527]) == 0xBF9E6DB3U);
}

TEST_CASE("synthetic numbers have the moments that are promised", "[perf][synthetic]") {
    std::vector<float> image(150'528);
    perf::synthetic_images(image, 7);
    const moments pixels = of(image);
    CHECK(std::abs(pixels.mean) < 5 / std::sqrt(150'528.0));
    CHECK(std::abs(pixels.deviation - 1) < 0.01);
    CHECK(pixels.least >= -3.4642);
    CHECK(pixels.most <= 3.4642);

    auto values = perf::synthetic_parameters<zoo::resnet<18>>(7);
    const moments fc = of(values["fc.weight"]);
    CHECK(std::abs(fc.mean) < 5 * std::sqrt(2.0 / 512 / 512'000));
    CHECK(std::abs(fc.deviation / std::sqrt(2.0 / 512) - 1) < 0.01);
    for (const float variance : values["layer4.1.bn2.running_var"]) {
        CHECK(variance > 0.6F);
        CHECK(variance < 1.4F);
    }
    // Small where an addition follows: the projection is the later branch where there is one.
    CHECK(std::abs(of(values["layer2.1.bn2.weight"]).mean - 0.2) < 0.01);
    CHECK(std::abs(of(values["layer2.0.downsample.1.weight"]).mean - 0.2) < 0.01);
    CHECK(std::abs(of(values["layer2.0.bn2.weight"]).mean - 1) < 0.05);
    CHECK(std::abs(of(values["layer2.1.bn1.weight"]).mean - 1) < 0.05);
}

TEST_CASE("another seed or name gives other numbers, another model the same", "[perf][synthetic]") {
    auto one = perf::synthetic_parameters<zoo::resnet<18>>(1);
    auto two = perf::synthetic_parameters<zoo::resnet<18>>(2);
    auto deep = perf::synthetic_parameters<zoo::resnet<34>>(1);
    CHECK(one["layer1.0.conv1.weight"][0] != two["layer1.0.conv1.weight"][0]);
    CHECK(one["layer1.0.conv1.weight"][0] != one["layer1.0.conv2.weight"][0]);
    for (const std::size_t i : {0U, 1U, 36'863U}) {
        CHECK(one["layer1.0.conv1.weight"][i] == deep["layer1.0.conv1.weight"][i]);
    }
}

TEST_CASE("activations neither vanish nor grow through 152 layers", "[perf][synthetic]") {
    using net = zoo::resnet<152, 1000, 32>;
    const weights<net> trained(perf::synthetic_parameters<net>(1));
    executor<program<net, fp32>> run{trained};
    std::vector<float> image(net::input_shape::size), logits(1000);
    perf::synthetic_images(image, 1);
    REQUIRE(run.run(image, logits) == run_status::done);
    const moments m = of(logits);
    CHECK(std::isfinite(m.deviation));
    CHECK(m.deviation > 0.1);
    CHECK(m.deviation < 10);
}
