// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a device did between two readings of its metrics.

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "top/parse.hpp"

namespace top {

/// Memory by what it is for, in the order of `category_names`, in bytes.
inline constexpr std::array<std::string_view, 4> category_names{"weights", "activations",
                                                                "requests", "timeline"};
using memory = std::array<double, category_names.size()>;

/// Counts of times up to each bound, in seconds; the last bound is infinite.
using latency_buckets = std::map<double, double>;

struct core_reading {
    int group = 0;
    double busy = 0;  ///< seconds
};

struct model_reading {
    std::string program;
    int group = 0;
    int cores = 1;
    double submitted = 0, done = 0, refused = 0, cancelled = 0, expired = 0, failed = 0;
    double in_flight = 0, queued_requests = 0, queued_samples = 0;
    double samples = 0, padding = 0;
    latency_buckets latency{};
    memory bytes{};
};

/// A device's metrics at one moment.
struct reading {
    std::string instance;
    double uptime = 0;  ///< seconds
    std::map<int, core_reading> cores{};
    std::map<int, double> switches{};  ///< of each group
    std::map<std::string, model_reading> models{};
    memory bytes{};
};

/// \throws bad_text if the samples are not those of a soma device
[[nodiscard]] reading read(const std::vector<sample>& samples);

struct core_rates {
    int core = 0;
    int group = 0;
    double busy = 0;  ///< share of the time, 0 to 1
};

/// Rates are per second; what nothing was measured of is NaN.
struct model_rates {
    std::string name;
    std::string program;
    int group = 0;
    int cores = 1;
    double done = 0, refused = 0, cancelled = 0, expired = 0, failed = 0;
    double samples = 0;
    double p50 = 0, p99 = 0;  ///< seconds
    double fill = 0;          ///< share of the batches' samples that was not padding
    double in_flight = 0, queued_requests = 0, queued_samples = 0;
    memory bytes{};
};

struct rates {
    std::string instance;
    double uptime = 0;    ///< seconds
    double interval = 0;  ///< seconds that the rates are of
    std::vector<core_rates> cores{};
    std::map<int, double> switches{};  ///< per second, of each group
    std::vector<model_rates> models{};
    memory bytes{};
};

/// What was between two readings. A counter that went down began again, with its model or device;
/// what is then known is its value.
[[nodiscard]] rates between(const reading& before, const reading& after);

/// The time that a share `p` of the counted ones does not exceed, interpolated within its bucket;
/// the last finite bound if it is longer, NaN if none was counted.
[[nodiscard]] double percentile(const latency_buckets& counts, double p);

}  // namespace top
