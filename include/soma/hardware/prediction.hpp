// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What the cost model says about a program on an instance.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <soma/hardware/deployment.hpp>

namespace soma {

/// Where a stage's weights are while it runs.
enum class weight_state : std::uint8_t {
    does_not_fit,  ///< the configuration cannot be loaded
    streamed,      ///< read from device memory for every batch, at least in part
    cached,        ///< in on-chip memory, read once
};

[[nodiscard]] constexpr std::string_view name(weight_state state) noexcept {
    constexpr std::string_view spelled[] = {"does not fit", "streamed", "cached"};
    return spelled[static_cast<int>(state)];
}

/// What a node, a stage or a program waits for most.
enum class stall : std::uint8_t { compute, vector, weights, activations, transfer, host };

[[nodiscard]] constexpr std::string_view name(stall cause) noexcept {
    constexpr std::string_view spelled[] = {"compute",     "vector",   "weights",
                                            "activations", "transfer", "host"};
    return spelled[static_cast<int>(cause)];
}
inline constexpr int stall_count = 6;

/// What most of the seconds are spent on; the first one among equals.
[[nodiscard]] constexpr stall largest_stall(const double (&seconds)[stall_count]) noexcept {
    int most = 0;
    for (int k = 1; k < stall_count; ++k) {
        most = seconds[k] > seconds[most] ? k : most;
    }
    return static_cast<stall>(most);
}

/// Why a program cannot be put on an instance.
enum class misfit : std::uint8_t {
    none,
    cores,           ///< copies x pipeline cores exceed the instance's
    stages,          ///< more pipeline cores than operators, or than a pipeline can have
    static_weights,  ///< a stage's weights cannot stay on chip
    device_memory,   ///< a chip's DRAM is too small for what its cores load
};

/// One core's share of a program.
struct stage_prediction {
    int first = 0, last = 0;  ///< operations [first, last)
    weight_state weights = weight_state::streamed;
    double seconds = 0;                ///< of one batch, transfers included
    double stalled[stall_count] = {};  ///< seconds by what they were spent on; sum: `seconds`
    std::size_t weight_bytes = 0;
    std::size_t streamed_bytes = 0;     ///< of weights, for every batch
    std::size_t live_bytes = 0;         ///< most activations alive at once, for the whole batch
    std::size_t buffer_bytes = 0;       ///< for the weights that arrive while others are in use
    std::size_t spilled_bytes = 0;      ///< activations written to device memory and read again
    std::size_t transferred_bytes = 0;  ///< received from earlier stages

    /// What on-chip memory would have to hold for every weight to stay there.
    [[nodiscard]] constexpr std::size_t needed_bytes() const noexcept {
        return weight_bytes + live_bytes + buffer_bytes;
    }
};

/// Most stages of one pipeline: cores of the largest instance (inf1.24xlarge).
inline constexpr int max_stages = 64;

/// The whole program.
struct prediction {
    misfit problem = misfit::none;
    int problem_stage = -1;               ///< of a stage that does not fit
    int problem_operation = -1;           ///< the first operation of that stage
    long long needed = 0, available = 0;  ///< cores or bytes, as the problem has it

    deployment how;  ///< as predicted: workers filled in
    int stage_count = 0;
    weight_state weights = weight_state::streamed;  ///< the worst of its stages
    double latency_ms = 0;                          ///< of a call with `how.workers` in flight
    double unloaded_ms = 0;                         ///< of a call by itself
    double throughput = 0;                          ///< samples per second of all copies
    double in_flight = 0;                           ///< calls: throughput x latency / batch
    double host_ms = 0;                 ///< of each call: overhead, transfers, host operators
    stall bottleneck = stall::compute;  ///< what the slowest resource spends most of its time on

    int core_nodes = 0, host_nodes = 0, subgraphs = 0;
    double placed_flops = 1;         ///< part of the arithmetic that cores do
    std::size_t device_bytes = 0;    ///< of the fullest chip's DRAM
    double dollars_per_million = 0;  ///< samples at the instance's price, 0 where that is unknown

    [[nodiscard]] constexpr bool fits() const noexcept { return problem == misfit::none; }
};

}  // namespace soma
