// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The images that contestants read.

#include <cstddef>
#include <fstream>
#include <ios>
#include <stdexcept>
#include <string>
#include <vector>

namespace bench {

/// The first `count` floats of the file; throws `std::runtime_error` when it has fewer.
[[nodiscard]] inline std::vector<float> read_floats(const std::string& path, std::size_t count) {
    std::vector<float> values(count);
    std::ifstream file(path, std::ios::binary);
    if (!file.read(reinterpret_cast<char*>(values.data()),
                   static_cast<std::streamsize>(count * sizeof(float)))) {
        throw std::runtime_error(path + ": expected " + std::to_string(count) + " floats");
    }
    return values;
}

}  // namespace bench
