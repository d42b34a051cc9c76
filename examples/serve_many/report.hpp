// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What was measured, and how it is shown.

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include <soma/perf/environment.hpp>

#include "traffic.hpp"

namespace serve_many {

/// One model under one schedule, beside the other models.
struct row {
    std::string_view schedule;
    std::string_view network;
    demand asked{};
    experience seen{};
    soma::server_status served{};
    double seconds = 0.0;                ///< until the last answer
    std::uint64_t context_switches = 0;  ///< of the whole device
    double busy = 0.0;                   ///< share of the time that its cores were in use

    /// Whether server and clients agree on what became of each request.
    [[nodiscard]] bool accounted_for() const noexcept;
};

/// The table, and how the latencies of each network are distributed.
void print(std::ostream& out, const std::vector<row>& rows);

[[nodiscard]] std::string json_of(const soma::perf::environment& machine,
                                  const std::vector<row>& rows);

/// Latency over percentiles, a line for each row, as a standalone SVG file.
[[nodiscard]] std::string svg_of(const std::vector<row>& rows);

}  // namespace serve_many
