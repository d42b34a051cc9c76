// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The parts of this benchmark. Each measures in rounds in which everybody has a turn, the order
/// reversed from one to the next, and reports medians over the rounds.

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <soma/perf/json_report.hpp>

#include "clients.hpp"
#include "compiled_network.hpp"

namespace bench {

struct options {
    double seconds = 1.0;  ///< of one turn
    int rounds = 5;
    int workers = 0;                ///< 0: as many as there are cores
    std::string onnxruntime;        ///< the shared library; empty: no such peer
    std::string resnet50_onnx;      ///< the network with the weights of `write_resnet50_weights`
    std::vector<std::string> only;  ///< sections and networks; empty: all
};

/// What sections share.
struct bench_run {
    options chosen;
    soma::perf::json_report& report;
    std::function<void(const std::string&)> progress;
    bool agree = true;  ///< no results differed from what they should be

    [[nodiscard]] bool wanted(const std::string& what) const;
    [[nodiscard]] int workers() const;
    /// Calls `turn(i)` for all i below `count` in each round.
    void rounds(std::size_t count, const std::function<void(std::size_t)>& turn) const;
    /// Adds a row and prints it.
    void add(soma::perf::report_row row) const;
    /// A row with what all have in common.
    [[nodiscard]] soma::perf::report_row row(const compiled_network& network,
                                             std::string metric,
                                             soma::perf::better direction) const;
};

/// Images of the network's size: test images of the digits, seeded noise for the others.
[[nodiscard]] samples samples_of(const compiled_network& network);

/// Saturating single-sample clients beside executors in loops; what a request costs.
void measure_throughput(const bench_run& run);

/// One client that waits for each answer: what two threads cost that wake each other.
void measure_lone_client(const bench_run& run);

/// Latency under light load with a `max_delay` of 1 ms.
void measure_delay(const bench_run& run);

/// ONNX Runtime with the same clients.
void measure_peers(bench_run& run);

}  // namespace bench
