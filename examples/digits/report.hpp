// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The verdicts as a table and as JSON.

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

#include "digits/inputs.hpp"
#include "digits/verdict.hpp"

namespace digits {

/// What was judged and how.
struct report {
    std::vector<verdict> rows;
    std::size_t total = 0;    ///< images
    bool has_logits = false;  ///< FP32 is compared with a file rather than with the reference
    double failure = 0;       ///< probability that any sound logit is beyond its bound
};

/// Writes the table; lines of rows with a fault in colour if `colour`.
void print_table(std::ostream& out, const report& result, bool colour);

/// Writes the JSON file; throws `bad_input` if that fails.
void write_json(const std::string& path, const report& result);

}  // namespace digits
