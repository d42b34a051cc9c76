// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The files of a run, read and checked.

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "digits/model.hpp"

namespace digits {

/// The command line.
struct options {
    std::string images, weights, labels, logits, json;
    double seconds = 0.1;  ///< of measuring per row
};

/// Images with what is known of them.
struct inputs {
    std::vector<float> images;         ///< [count][1][8][8]
    std::vector<std::int64_t> labels;  ///< [count]
    std::vector<float> logits;         ///< [count][10], or empty where none belong to the images
    weights<resnet> trained;

    [[nodiscard]] std::size_t count() const noexcept { return labels.size(); }
};

/// Says in one sentence what is wrong with a file or an argument.
struct bad_input : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Reads all files; throws `bad_input`. An empty `logits` path means that there are none.
[[nodiscard]] inputs read_inputs(const options& chosen);

}  // namespace digits
