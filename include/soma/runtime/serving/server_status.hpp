// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a server has done so far.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include <soma/runtime/serving/bucket_plan.hpp>
#include <soma/runtime/serving/latency_histogram.hpp>
#include <soma/runtime/serving/request.hpp>

namespace soma {

/// Requests by how they ended. Once all are finished, `ended() == submitted`.
struct request_counts {
    std::uint64_t submitted = 0;
    std::uint64_t done = 0;
    std::uint64_t refused = 0;
    std::uint64_t cancelled = 0;
    std::uint64_t expired = 0;
    std::uint64_t failed = 0;

    [[nodiscard]] std::uint64_t ended() const noexcept {
        return done + refused + cancelled + expired + failed;
    }
    void count(request_status ended_as) noexcept {
        switch (ended_as) {
            case request_status::pending: break;
            case request_status::done: ++done; break;
            case request_status::refused: ++refused; break;
            case request_status::cancelled: ++cancelled; break;
            case request_status::expired: ++expired; break;
            case request_status::failed: ++failed; break;
        }
    }
};

/// Batches of one compiled size.
struct bucket_status {
    std::size_t batch_size = 0;
    std::uint64_t batches = 0;
};

/// A server at one moment.
struct server_status {
    request_counts requests{};
    std::size_t queued_requests = 0;                   ///< of which some samples have not begun
    std::size_t queued_samples = 0;                    ///< that have not begun
    std::size_t in_flight = 0;                         ///< requests queued or running
    std::uint64_t batches = 0;                         ///< that were run
    std::uint64_t samples = 0;                         ///< in these batches, padding not counted
    std::uint64_t padding = 0;                         ///< samples that filled up these batches
    std::size_t batch_size = 0;                        ///< the largest compiled one
    std::size_t bucket_count = 1;                      ///< compiled batch sizes
    std::array<bucket_status, max_buckets> buckets{};  ///< of each, from the smallest
    latency_histogram latency{};  ///< of requests that were done, from `submit` to the result
    std::chrono::nanoseconds uptime{};

    /// Share of the samples in all batches that were not padding.
    [[nodiscard]] double batch_fill() const noexcept {
        return samples == 0 ? 0.0
                            : static_cast<double>(samples) / static_cast<double>(samples + padding);
    }
};

/// One worker at one moment.
struct worker_status {
    std::chrono::nanoseconds busy{};  ///< in batches, with processing and copying
    std::uint64_t batches = 0;
};

}  // namespace soma
