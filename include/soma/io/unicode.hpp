// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The little of UTF-8 and UTF-16 that names in files need.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace soma::io {

[[nodiscard]] constexpr bool is_high_surrogate(std::uint32_t unit) noexcept {
    return unit >= 0xD800 && unit <= 0xDBFF;
}

[[nodiscard]] constexpr bool is_low_surrogate(std::uint32_t unit) noexcept {
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

/// \pre `is_high_surrogate(high) && is_low_surrogate(low)`
[[nodiscard]] constexpr std::uint32_t join_surrogates(std::uint32_t high,
                                                      std::uint32_t low) noexcept {
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

/// Bytes of the first character, or 0 where `text` does not begin with well-formed UTF-8.
///
/// Refuses what RFC 3629 refuses: surrogates, encodings longer than needed, points past 10FFFF.
[[nodiscard]] constexpr std::size_t utf8_length(std::string_view text) noexcept {
    if (text.empty()) {
        return 0;
    }
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = byte(0);
    if (first < 0x80) {
        return 1;
    }
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < length) {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0u) != 0x80u) {
            return 0;
        }
    }
    const unsigned second = byte(1);
    const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool surrogate = first == 0xED && second >= 0xA0;
    const bool beyond = first == 0xF4 && second >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

/// Whether all of `text` is well-formed UTF-8.
[[nodiscard]] constexpr bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        if (length == 0) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

/// \pre `point` is at most 10FFFF and no surrogate
inline void append_utf8(std::string& text, std::uint32_t point) {
    const auto put = [&text](std::uint32_t byte) { text.append(1, static_cast<char>(byte)); };
    const auto tail = [&put, point](unsigned shift) { put(0x80u | ((point >> shift) & 0x3Fu)); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xC0u | (point >> 6));
        tail(0);
    } else if (point < 0x10000) {
        put(0xE0u | (point >> 12));
        tail(6);
        tail(0);
    } else {
        put(0xF0u | (point >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

}  // namespace soma::io
