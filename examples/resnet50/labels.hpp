// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The names of the classes, one a line.

#include <cstddef>
#include <fstream>
#include <string>
#include <vector>

#include "decode.hpp"

namespace resnet50 {

/// Line i of the file names class i; throws `bad_input` unless there are `count` of them.
[[nodiscard]] inline std::vector<std::string> read_labels(const std::string& path,
                                                          std::size_t count) {
    std::ifstream file(path);
    if (!file) {
        throw bad_input(std::string(path).append(": cannot be read"));
    }
    std::vector<std::string> labels;
    for (std::string line; labels.size() <= count && std::getline(file, line);) {
        if (!line.empty() && line.back() == '\r') {
            line.pop_back();
        }
        labels.push_back(line);
    }
    if (labels.size() != count) {
        throw bad_input(
            std::string(path)
                .append(": expected ")
                .append(std::to_string(count))
                .append(" lines, one for each class, found ")
                .append(labels.size() > count ? "more" : std::to_string(labels.size())));
    }
    return labels;
}

}  // namespace resnet50
