// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What the command line asks for, checked.

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <soma/hardware/instance.hpp>

#include "support/networks.hpp"
#include "support/precisions.hpp"

namespace plan {

/// A sentence for the user: what was given, and what is allowed.
class bad_input : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The options as they were typed.
struct arguments {
    std::string model = "resnet50", instance = "inf1.6xlarge", precision = "bf16";
    std::string latency_ms, batches, cores, copies, groups;  ///< empty: not given
    bool static_weights = false;
    bool list = false;
    bool json = false;
    bool given_groups = false;
    std::string json_file, html_file;
};

/// The options as they were meant.
struct request {
    examples::network network;
    const soma::instance* where = nullptr;
    const examples::precision_choice* precision = nullptr;
    std::optional<double> latency_ms;
    std::vector<int> batches, cores;
    int copies = 0;  ///< 0: as many as the instance holds, and fewer
    bool static_weights = false;
};

/// Throws `bad_input` for a name, number or combination that makes no sense.
[[nodiscard]] request understand(const arguments& typed);

/// Whole numbers from `least` to `most`, separated by commas; `option` is for the sentence.
[[nodiscard]] std::vector<int> read_numbers(std::string_view option,
                                            std::string_view text,
                                            int least,
                                            int most);

}  // namespace plan
