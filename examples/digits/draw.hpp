// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Draws images as characters, side by side.

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "digits/inputs.hpp"
#include "digits/verdict.hpp"

namespace digits {

/// Two characters for a pixel in [0, 1], the more ink the brighter it is.
[[nodiscard]] inline std::string ink(float pixel) {
    constexpr std::string_view ramp = " .:-=+*#%@";
    const float level = std::clamp(pixel, 0.0F, 1.0F) * static_cast<float>(ramp.size() - 1) + 0.5F;
    return std::string(2, ramp[static_cast<std::size_t>(level)]);
}

/// Draws the first few images that `logits` misread, with label, reading and runner-up.
inline void draw_misread(std::ostream& out, const inputs& given, const std::vector<float>& logits) {
    constexpr std::size_t most = 4, side = 8, width = 2 * side + 3;
    std::vector<std::size_t> shown;
    for (std::size_t i = 0; i < given.count() && shown.size() < most; ++i) {
        if (reading::of(&logits[i * classes]).first != static_cast<std::size_t>(given.labels[i])) {
            shown.push_back(i);
        }
    }
    const auto print = [&](auto&& text_of) {
        std::string line;
        for (const std::size_t image : shown) {
            std::string text = text_of(image);
            text.resize(width, ' ');
            line.append(text);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out << "  " << line << '\n';
    };
    if (shown.empty()) {
        return;
    }
    for (std::size_t row = 0; row < side; ++row) {
        print([&](std::size_t image) {
            std::string text;
            for (std::size_t column = 0; column < side; ++column) {
                text.append(ink(given.images[image * pixels + row * side + column]));
            }
            return text;
        });
    }
    const auto scored = [&](std::size_t image, const char* word, std::size_t digit) {
        char text[width + 32];
        std::snprintf(text, sizeof text, "%s %zu (%.1f)", word, digit,
                      static_cast<double>(logits[image * classes + digit]));
        return std::string(text);
    };
    print([&](std::size_t i) {
        return std::string("is ")
            .append(std::to_string(given.labels[i]))
            .append(", image ")
            .append(std::to_string(i));
    });
    print(
        [&](std::size_t i) { return scored(i, "read", reading::of(&logits[i * classes]).first); });
    print(
        [&](std::size_t i) { return scored(i, "then", reading::of(&logits[i * classes]).second); });
}

}  // namespace digits
