// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Clients whose requests arrive as Poisson processes, whatever becomes of earlier ones.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <soma/runtime/device/device.hpp>
#include <soma/runtime/serving/server_status.hpp>

namespace serve_many {

/// What is asked of one model.
struct demand {
    double rate = 100.0;  ///< requests per second, of all its clients together
    int clients = 2;      ///< threads
    std::uint64_t seed = 1;
};

/// What one model's clients saw.
struct experience {
    soma::request_counts counts{};
    std::vector<double> latency_ms{};  ///< of requests that were done, in rising order

    /// The latency that a share `p` of the requests did not exceed; 0 where none was done.
    [[nodiscard]] double percentile(double p) const noexcept;
};

/// Sends single samples of `samples`, drawn in turn, to `model` until `seconds` are over, and waits
/// for the last answer.
///
/// Latency counts from the moment at which the Poisson process wants a request to arrive. A client
/// that is late, because its machine is busy, does not make its requests look faster.
[[nodiscard]] experience send(const soma::model_handle& model,
                              std::span<const float> samples,
                              demand asked,
                              double seconds);

}  // namespace serve_many
