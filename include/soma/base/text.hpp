// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Text that is put together in constant evaluation: layer paths and shapes in compile errors.

#include <cstddef>
#include <string_view>

#include <soma/base/fixed_string.hpp>

namespace soma {

/// A string of at most `Capacity` characters; what does not fit is cut off.
template <std::size_t Capacity>
struct text {
    char data[Capacity] = {};
    std::size_t size = 0;

    constexpr text() = default;
    constexpr text(std::string_view from) noexcept { append(from); }

    constexpr text& append(std::string_view more) noexcept {
        for (const char c : more) {
            if (size < Capacity) {
                data[size++] = c;
            }
        }
        return *this;
    }

    constexpr text& append(long long number) noexcept {
        char digits[20] = {};
        std::size_t count = 0;
        const bool negative = number < 0;
        auto rest = negative ? 0ULL - static_cast<unsigned long long>(number)
                             : static_cast<unsigned long long>(number);
        do {
            digits[count++] = static_cast<char>('0' + rest % 10);
            rest /= 10;
        } while (rest != 0);
        if (negative) {
            append("-");
        }
        while (count > 0) {
            append(std::string_view(&digits[--count], 1));
        }
        return *this;
    }

    [[nodiscard]] constexpr std::string_view view() const noexcept { return {data, size}; }
};

/// `from`, which is `Size` characters long, as a template argument.
template <std::size_t Size>
[[nodiscard]] constexpr fixed_string<Size + 1> exactly(std::string_view from) noexcept {
    fixed_string<Size + 1> result;
    for (std::size_t i = 0; i < Size; ++i) {
        result.text[i] = from[i];
    }
    // Written although it is zero: clang spells an array only if its last element was.
    result.text[Size] = '\0';
    return result;
}

}  // namespace soma
