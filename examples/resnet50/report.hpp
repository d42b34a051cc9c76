// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The likeliest classes for people and for programs.

#include <cstddef>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "classify.hpp"

namespace resnet50 {

/// A class and how likely the network takes it to be.
struct candidate {
    std::size_t index = 0;
    double logit = 0, probability = 0;
    std::string label;  ///< empty where no label file was given
};

/// What was asked and what came of it.
struct report {
    std::string image, weights;  ///< an empty path stands for synthetic weights
    int width = 0, height = 0;
    std::string precision;
    verdict result;
    std::vector<candidate> top;
    double median_ms = 0;
    std::size_t peak_bytes = 0;  ///< resident memory of the process at its most
};

/// The `count` largest logits with their softmax, largest first; of equal ones the first class.
[[nodiscard]] std::vector<candidate> largest(std::span<const float> logits,
                                             std::size_t count,
                                             std::span<const std::string> labels);

/// Writes the table.
void print(std::ostream& out, const report& r);

/// Writes the JSON file; throws `bad_input` if that fails.
void write_json(const std::string& path, const report& r);

}  // namespace resnet50
