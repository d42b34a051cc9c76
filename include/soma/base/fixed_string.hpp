// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A string literal that can be a template argument.

#include <cstddef>
#include <string_view>

namespace soma {

/// The `Size` characters of a literal, its terminator included.
///
/// The array is filled exactly and terminated because names are read in compile errors: clang
/// prints any other character array as a list of codes, g++ drops an unterminated one's last
/// letter.
template <std::size_t Size>
struct fixed_string {
    char text[Size] = {};

    constexpr fixed_string() = default;
    constexpr fixed_string(const char (&literal)[Size]) noexcept {
        for (std::size_t i = 0; i < Size; ++i) {
            text[i] = literal[i];
        }
    }

    /// The text; valid in constant evaluation for the life of the template parameter object.
    [[nodiscard]] constexpr std::string_view view() const noexcept { return {text, Size - 1}; }

    friend constexpr bool operator==(const fixed_string&, const fixed_string&) = default;
};

}  // namespace soma
