// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A study for people and for programs: text, JSON, one page of HTML.

#include <ostream>
#include <string>

#include "study.hpp"

namespace plan {

/// Writes tables and the Pareto plot.
void print(std::ostream& out, const study& s);

/// All of it as JSON.
[[nodiscard]] std::string json_of(const study& s);

/// All of it as one HTML file that loads nothing else.
[[nodiscard]] std::string html_of(const study& s);

/// Why no configuration was chosen, or an empty text.
[[nodiscard]] std::string failure_of(const study& s);

/// Writes `text` to a file; throws `bad_input` if that fails.
void write_file(const std::string& path, const std::string& text);

}  // namespace plan
