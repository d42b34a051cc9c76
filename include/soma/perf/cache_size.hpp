// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// How large this machine's caches are, as the operating system has it.

#include <charconv>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

namespace soma::perf {

namespace detail {

/// Bytes of a size as Linux writes it, "1024K"; 0 where it is no such.
[[nodiscard]] inline std::size_t bytes_of_size(std::string_view text) noexcept {
    std::size_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [unit, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{}) {
        return 0;
    }
    switch (unit == end ? '\0' : *unit) {
        case '\0': return number;
        case 'K': return number << 10;
        case 'M': return number << 20;
        case 'G': return number << 30;
        default: return 0;
    }
}

/// The size of the cache of `level` that holds data, among the folders `index0`, `index1`, ... of
/// `folder`; 0 where there is none.
[[nodiscard]] inline std::size_t cache_bytes_in(const std::filesystem::path& folder, int level) {
    const auto word = [&](const std::filesystem::path& file) {
        std::ifstream text(file);
        std::string first;
        text >> first;
        return first;
    };
    for (int index = 0;; ++index) {
        const auto cache = folder / ("index" + std::to_string(index));
        const std::string found = word(cache / "level");
        if (found.empty()) {
            return 0;
        }
        if (found == std::to_string(level) && word(cache / "type") != "Instruction") {
            return bytes_of_size(word(cache / "size"));
        }
    }
}

}  // namespace detail

/// Bytes of the cache of `level` that processor `processor` reads data through; 0 where the system
/// does not say. A cache that processors share counts in full for each of them.
[[nodiscard]] inline std::size_t cache_bytes(int level, int processor = 0) {
    return detail::cache_bytes_in(
        "/sys/devices/system/cpu/cpu" + std::to_string(processor) + "/cache", level);
}

}  // namespace soma::perf
