// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Published measurements of networks on instances, from a file of comma-separated values.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <soma/hardware/deployment.hpp>
#include <soma/hardware/instance.hpp>

#include "support/networks.hpp"

namespace published {

/// What somebody measured on an instance.
struct row {
    int line = 0;  ///< of the file, the first one is 1
    std::string id;
    examples::network network;
    const soma::instance* where = nullptr;
    const examples::precision_choice* precision = nullptr;
    soma::deployment how;              ///< workers 0 where the file has none
    std::optional<double> throughput;  ///< samples per second
    std::optional<double> latency_ms;  ///< the median
};

/// A file's rows, or what is wrong with it.
struct table {
    std::vector<row> rows;
    std::vector<std::string> faults;   ///< `FILE:LINE: what is wrong, and what is allowed`
    std::vector<std::string> remarks;  ///< columns that nobody reads
};

/// Most samples of a batch and most workers that a file may ask for.
inline constexpr int most_samples = 65'536;

/// Reads `text`, the content of `file`. Its first line names the columns, in any order:
///
/// id, model, instance, core_generation, n_models, cores_per_model, batch_size, precision,
/// throughput_per_s, latency_p50_ms, and as it likes workers_per_model, latency_p99_ms, note.
///
/// core_generation, workers_per_model and the measurements may be empty. Fields may stand in
/// quotes, lines may end as on any system, lines of blanks do not count.
[[nodiscard]] table parse(std::string_view text, std::string_view file);

}  // namespace published
