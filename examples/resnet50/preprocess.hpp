// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What torchvision does to an image before a classifier sees it: resize, crop, normalise.
///
/// Follows `Resize(256)`, `CenterCrop(224)`, `ToTensor()` and `Normalize(mean, std)` on a Pillow
/// image, level by level: bilinear with antialiasing, across and then down, each rounded to 8 bits,
/// the weights of the mean to 22. On a tensor torchvision resizes in floating point, and without
/// rounding in between: levels then differ by one here and there.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "decode.hpp"

namespace resnet50 {

/// Bits of a weight behind the binary point: a level times all of them fits 32 bits.
inline constexpr int weight_bits = 22;

/// The pixels that one pixel of the result is a mean of.
struct pixel_mean {
    int first = 0;             ///< position of the first of them
    std::vector<int> weights;  ///< in units of `2^-weight_bits`; they add up to about 1
};

/// A triangle around each pixel's centre, as wide as two pixels of the coarser side: shrinking
/// takes the mean of all it covers, enlarging interpolates between two.
[[nodiscard]] inline std::vector<pixel_mean> triangle_means(int from, int to) {
    const double scale = static_cast<double>(from) / to;
    const double reach = std::max(scale, 1.0);
    std::vector<pixel_mean> means(static_cast<std::size_t>(to));
    for (int i = 0; i < to; ++i) {
        pixel_mean& mean = means[static_cast<std::size_t>(i)];
        const double centre = (i + 0.5) * scale;
        mean.first = std::max(0, static_cast<int>(centre - reach + 0.5));
        const int last = std::min(from, static_cast<int>(centre + reach + 0.5));
        std::vector<double> triangle;
        double sum = 0;
        for (int x = mean.first; x < last; ++x) {
            triangle.push_back(std::max(0.0, 1.0 - std::abs(x + 0.5 - centre) / reach));
            sum += triangle.back();
        }
        for (const double w : triangle) {
            mean.weights.push_back(static_cast<int>(w / sum * (1 << weight_bits) + 0.5));
        }
    }
    return means;
}

/// The mean of the elements `from[0], from[step], ...`, rounded to the nearest level.
[[nodiscard]] inline std::uint8_t apply(const pixel_mean& mean,
                                        const std::uint8_t* from,
                                        std::size_t step) noexcept {
    int sum = 1 << (weight_bits - 1);
    for (const int w : mean.weights) {
        sum += w * *from;
        from += step;
    }
    return static_cast<std::uint8_t>(std::min(sum >> weight_bits, 255));
}

/// `from` with another size.
[[nodiscard]] inline image resize(const image& from, int width, int height) {
    const auto row = static_cast<std::size_t>(width) * 3;
    image across{width, from.height, {}};
    const std::vector<pixel_mean> columns = triangle_means(from.width, width);
    for (int y = 0; y < from.height; ++y) {
        const std::uint8_t* const line =
            from.rgb.data()
            + static_cast<std::size_t>(y) * static_cast<std::size_t>(from.width) * 3;
        for (const pixel_mean& mean : columns) {
            for (std::size_t c = 0; c < 3; ++c) {
                across.rgb.push_back(
                    apply(mean, line + static_cast<std::size_t>(mean.first) * 3 + c, 3));
            }
        }
    }
    image result{width, height, {}};
    for (const pixel_mean& mean : triangle_means(from.height, height)) {
        const std::uint8_t* const top =
            across.rgb.data() + static_cast<std::size_t>(mean.first) * row;
        for (std::size_t i = 0; i < row; ++i) {
            result.rgb.push_back(apply(mean, top + i, row));
        }
    }
    return result;
}

/// `from` with its shorter side at `side` pixels, the other one in proportion and rounded down.
[[nodiscard]] inline image resize_short_side(const image& from, int side) {
    const auto other = [&](int longer, int shorter) {
        return static_cast<int>(static_cast<long long>(side) * longer / shorter);
    };
    return from.width <= from.height ? resize(from, side, other(from.height, from.width))
                                     : resize(from, other(from.width, from.height), side);
}

/// The `side` x `side` pixels in the middle, normalised with ImageNet's mean and deviation, as
/// `[3][side][side]`. \pre neither side of `from` is shorter than `side`.
[[nodiscard]] inline std::vector<float> crop_and_normalise(const image& from, int side) {
    constexpr std::array<float, 3> mean{0.485F, 0.456F, 0.406F}, deviation{0.229F, 0.224F, 0.225F};
    // Half a pixel goes to the even side, as Python rounds.
    const int top = static_cast<int>(std::nearbyint((from.height - side) / 2.0));
    const int left = static_cast<int>(std::nearbyint((from.width - side) / 2.0));
    std::vector<float> result;
    result.reserve(3 * static_cast<std::size_t>(side) * static_cast<std::size_t>(side));
    for (int c = 0; c < 3; ++c) {
        const auto channel = static_cast<std::size_t>(c);
        for (int y = 0; y < side; ++y) {
            for (int x = 0; x < side; ++x) {
                const float level = static_cast<float>(from.at(top + y, left + x, c)) / 255.0F;
                result.push_back((level - mean[channel]) / deviation[channel]);
            }
        }
    }
    return result;
}

/// What a network trained with torchvision's reference expects of `from`: `[3][224][224]`.
[[nodiscard]] inline std::vector<float> preprocess(const image& from) {
    return crop_and_normalise(resize_short_side(from, 256), 224);
}

}  // namespace resnet50
