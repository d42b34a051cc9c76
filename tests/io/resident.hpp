// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// How much of a mapping is in the process's memory.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>

namespace soma::test {

/// Resident bytes of the mapping that holds `address`, as the system counts them.
[[nodiscard]] inline std::size_t resident_bytes(const void* address) {
    const auto wanted = reinterpret_cast<std::uintptr_t>(address);
    std::ifstream maps("/proc/self/smaps");
    bool inside = false;
    for (std::string line; std::getline(maps, line);) {
        unsigned long long first = 0, last = 0, kib = 0;
        if (std::sscanf(line.c_str(), "%llx-%llx ", &first, &last) == 2) {
            inside = first <= wanted && wanted < last;
        } else if (inside && std::sscanf(line.c_str(), "Rss: %llu kB", &kib) == 1) {
            return static_cast<std::size_t>(kib) * 1024;
        }
    }
    throw std::runtime_error("nothing is mapped there");
}

}  // namespace soma::test
