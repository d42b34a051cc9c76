// SPDX-License-Identifier: MIT
#include "../examples/resnet50/preprocess.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "examples/preprocess_values.hpp"
#include "support/catch.hpp"

using namespace resnet50;

namespace {

/// The picture of preprocess_values.py.
image picture(int width, int height) {
    image result{width, height, {}};
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            for (int c = 0; c < 3; ++c) {
                const int level =
                    x * x * (c + 3) + y * y * 7 + x * y * (5 - c) + (x / 5 % 2) * 90 * c;
                result.rgb.push_back(static_cast<std::uint8_t>(level % 256));
            }
        }
    }
    return result;
}

/// The level that a normalised value was.
double level_of(float value, std::size_t channel) {
    constexpr std::array<double, 3> mean{0.485, 0.456, 0.406}, deviation{0.229, 0.224, 0.225};
    return (static_cast<double>(value) * deviation[channel] + mean[channel]) * 255;
}

}  // namespace

TEST_CASE("images are resized, cropped and normalised as Pillow and torchvision do",
          "[examples][preprocess]") {
    for (const soma::test::pillow_case& c : soma::test::pillow_cases) {
        CAPTURE(c.width, c.height, c.short_side, c.crop);
        const std::vector<float> values =
            crop_and_normalise(resize_short_side(picture(c.width, c.height), c.short_side), c.crop);
        REQUIRE(values.size() == c.levels.size());
        const std::size_t pixels = values.size() / 3;
        for (std::size_t i = 0; i < pixels; ++i) {
            for (std::size_t channel = 0; channel < 3; ++channel) {
                const double difference =
                    level_of(values[channel * pixels + i], channel) - c.levels[i * 3 + channel];
                // Half a thousandth of a level is what normalising in FP32 may lose.
                REQUIRE(std::abs(difference) < 0.0005);
            }
        }
    }
}

TEST_CASE("an image of the right size is only normalised", "[examples][preprocess]") {
    const image same = picture(224, 224);
    CHECK(resize(same, 224, 224).rgb == same.rgb);
    const std::vector<float> values = crop_and_normalise(same, 224);
    REQUIRE(values.size() == std::size_t{3} * 224 * 224);
    CHECK(values[0] == (static_cast<float>(same.at(0, 0, 0)) / 255.0F - 0.485F) / 0.229F);
    CHECK(values[2 * 224 * 224 + 224 + 1]
          == (static_cast<float>(same.at(1, 1, 2)) / 255.0F - 0.406F) / 0.225F);
}

TEST_CASE("the sides of an image keep their proportion", "[examples][preprocess]") {
    const image wide = resize_short_side(picture(100, 30), 16);
    CHECK(wide.width == 53);
    CHECK(wide.height == 16);
    const image tall = resize_short_side(picture(1, 50), 4);
    CHECK(tall.width == 4);
    CHECK(tall.height == 200);
    CHECK(preprocess(picture(2, 3)).size() == std::size_t{3} * 224 * 224);
}
