// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// From an image file to its pixels.

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace resnet50 {

/// Says in one sentence what is wrong with a file or an argument.
struct bad_input : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Red, green and blue of each pixel, rows from the top, as `[height][width][3]`.
struct image {
    int width = 0, height = 0;
    std::vector<std::uint8_t> rgb;

    [[nodiscard]] std::uint8_t at(int y, int x, int channel) const noexcept {
        return rgb[(static_cast<std::size_t>(y) * static_cast<std::size_t>(width)
                    + static_cast<std::size_t>(x))
                       * 3
                   + static_cast<std::size_t>(channel)];
    }
};

/// Reads a PNG, a JPEG or a binary PGM or PPM; throws `bad_input`.
///
/// Grey becomes three equal channels, an opacity is dropped, 16 bits become 8, a palette its
/// colours. As with Pillow, whichever way the camera was held. Two
/// decoders of one JPEG may differ by a level or two.
[[nodiscard]] image decode(const std::string& path);

}  // namespace resnet50
