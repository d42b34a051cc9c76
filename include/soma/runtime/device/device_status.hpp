// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a device holds and has done so far: a copy, taken at one moment.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <soma/runtime/serving/server_status.hpp>

namespace soma {

/// Bytes, by what they are for.
struct memory_status {
    std::size_t weights = 0;      ///< packed parameters; what several executors share counts once
    std::size_t activations = 0;  ///< arenas of executors
    std::size_t requests = 0;     ///< slots of requests, and where workers gather and scatter
    std::size_t timeline = 0;     ///< rings of events

    [[nodiscard]] std::size_t total() const noexcept {
        return weights + activations + requests + timeline;
    }
    memory_status& operator+=(const memory_status& other) noexcept {
        weights += other.weights;
        activations += other.activations;
        requests += other.requests;
        timeline += other.timeline;
        return *this;
    }
};

/// A core of a device. Busy means: held by a batch that runs.
struct core_status {
    std::chrono::nanoseconds busy{};
};

/// Cores [first_core, first_core + cores.size()) of the device.
struct group_status {
    int first_core = 0;
    std::vector<core_status> cores;
    /// How often a core began a batch of another model than the one before.
    std::uint64_t context_switches = 0;
};

/// A model that is loaded.
struct model_status {
    std::string name;
    std::string program;  ///< precision and schedule of the program with the largest batch
    int group = 0;
    int cores = 1;  ///< that one of its batches holds
    server_status serving{};
    std::vector<worker_status> workers;
    memory_status memory{};
};

/// A device and all that is loaded on it.
struct device_status {
    std::string instance;
    std::chrono::nanoseconds uptime{};
    std::vector<group_status> groups;
    std::vector<model_status> models;  ///< in the order they were loaded
    memory_status memory{};            ///< of all models
};

/// Share of the time between two snapshots of one device that a core was busy, from 0 to 1.
[[nodiscard]] inline double utilisation(const core_status& before,
                                        const core_status& after,
                                        std::chrono::nanoseconds between) noexcept {
    if (between <= std::chrono::nanoseconds::zero()) {
        return 0.0;
    }
    const double share = static_cast<double>((after.busy - before.busy).count())
                         / static_cast<double>(between.count());
    return share < 0.0 ? 0.0 : share > 1.0 ? 1.0 : share;
}

}  // namespace soma
