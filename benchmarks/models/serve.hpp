// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The side of a contestant in a comparison: one process each, told over a pipe when to work.
///
/// The driver writes a command per line and reads a line of JSON for each. Between commands a
/// contestant is blocked in a read, so that it takes nothing from the one whose turn it is.
///
/// | command       | answer                                                                   |
/// |---------------|--------------------------------------------------------------------------|
/// | `run K`       | `cpu`, `wall`: seconds of each of K runs; `elapsed`; `allocations`       |
/// | `output FILE` | writes the last run's result as float32; `count`: numbers written        |
/// | `memory`      | `peak_bytes`, `resident_bytes` of this process so far                    |
/// | `measure R`   | what else it can tell, medians of R measurements                         |
/// | `quit`        | none, the process ends (also at the end of the pipe)                     |

#include <functional>
#include <span>

#include <nlohmann/json.hpp>

namespace bench {

/// What a contestant can do; a command without a function is answered with an error.
struct contestant {
    nlohmann::ordered_json description;  ///< told to the driver first
    std::function<void()> run;
    /// Instead of `run` where several streams work side by side: each of them runs this often.
    std::function<void(int)> run_streams;
    std::function<std::span<const float>()> output;
    std::function<nlohmann::ordered_json(int)> measure;
};

/// Answers commands until there are no more; returns the exit status.
[[nodiscard]] int serve(const contestant& who);

}  // namespace bench
