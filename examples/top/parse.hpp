// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Prometheus's text format, read.

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace top {

/// One line: a metric's name, its labels in their order, its value.
struct sample {
    std::string name;
    std::vector<std::pair<std::string, std::string>> labels;
    double value = 0;

    /// A label's value; empty if there is no such label.
    [[nodiscard]] std::string_view label(std::string_view wanted) const noexcept;
};

/// A line makes no sense; says which.
struct bad_text : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// All samples of a text, comments and time stamps left out.
///
/// \throws bad_text
[[nodiscard]] std::vector<sample> parse(std::string_view text);

}  // namespace top
