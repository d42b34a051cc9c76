// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Everything that is predicted about a network on an instance.

#include <cstddef>
#include <string>
#include <vector>

#include <soma/compile/choose.hpp>
#include <soma/compile/node_stalls.hpp>

#include "request.hpp"

namespace plan {

/// One deployment and what is predicted of it.
struct configuration {
    soma::deployment how;
    soma::prediction expected;
    std::size_t needed_bytes = 0, available_bytes = 0;  ///< on the fullest core
    bool most_copies = false;  ///< as many as the instance holds: a row of the sweep table
    bool on_front = false;
};

/// One node of the chosen configuration.
struct node_row {
    int number = 0;
    soma::op kind = soma::op::identity;
    soma::refusal why = soma::refusal::none;  ///< of the host; none: on a core
    long long flops = 0;
    std::size_t weight_bytes = 0;
    soma::node_stall waits;
};

struct study {
    request asked;
    examples::network_operations model;
    std::vector<soma::operation_place> places;
    soma::placement_summary placement;
    std::vector<configuration> all;
    std::vector<std::size_t> front;  ///< numbers in `all`, lowest latency first
    soma::choice chosen;             ///< within the budget
    soma::choice fastest;            ///< the lowest latency of all
    soma::stage_list stages;         ///< of the chosen configuration
    std::vector<node_row> nodes;     ///< of the chosen configuration
};

/// Predicts every configuration that was asked for.
[[nodiscard]] study examine(const request& asked);

/// `program<zoo::resnet<50>, bf16, schedule<batch<5>, ...>, on<inf1_6xlarge>>`.
[[nodiscard]] std::string spelled(const request& asked, const soma::deployment& how);

/// `cached`, `streamed`, or what keeps the configuration from being loaded.
[[nodiscard]] std::string state_of(const configuration& c);

/// `%.*f` without a stream.
[[nodiscard]] std::string fixed(double value, int decimals);
/// No more digits than it needs, six at most.
[[nodiscard]] std::string trimmed(double value);
/// `50.7 MB`, `12.3 kB`; powers of ten.
[[nodiscard]] std::string megabytes(double bytes);
/// A whole number in groups of three digits: `12,345`.
[[nodiscard]] std::string grouped(double value);

}  // namespace plan
