// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// How a server works: what a program sets, and what its environment overrides.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include <soma/hardware/formulas.hpp>
#include <soma/runtime/threads/cores.hpp>
#include <soma/runtime/threads/visible_cores.hpp>

namespace soma {

/// What `submit` does while as many requests as allowed are in flight.
enum class when_full : std::uint8_t {
    refuse,  ///< the request ends as `refused`
    wait,    ///< `submit` waits for one to finish; on a worker's thread it refuses
};

/// What `stop` does with requests that have not begun.
enum class stop_mode : std::uint8_t { drain, cancel };

/// Zero stands for a default. The environment wins over the program: `SOMA_MAX_INFLIGHT` over
/// `in_flight`, and `SOMA_VISIBLE_CORES` ("2", "0-3", "0-1,4") names the cores that workers run on.
struct server_options {
    int workers = 0;    ///< threads with an executor each; as many as run on the cores side by side
    int in_flight = 0;  ///< most requests queued or running; cores + 3
    int handles = 0;    ///< most requests that run or whose handle lives; in_flight + 256
    std::chrono::nanoseconds max_delay{0};  ///< how long a request waits for others to fill a batch
    bool detect_nan = false;                ///< results with a NaN fail with `nan_result`
    soma::when_full when_full = soma::when_full::refuse;
    int timeline_events = 0;  ///< latest events that are kept for traces; none
};

/// What workers do with each sample beside running the model. A function that throws fails its
/// request and no other.
struct server_processing {
    using function = std::function<void(std::span<const float> from, std::span<float> to)>;

    function before{};        ///< from the request's input to the model's
    function after{};         ///< from the model's output to the request's
    std::size_t inputs = 0;   ///< values of a request's sample; 0 stands for the model's number
    std::size_t outputs = 0;  ///< values of a request's result; 0 stands for the model's number
};

/// `server_options` with every zero replaced.
struct server_plan {
    server_options options;
    std::vector<int> cores;  ///< that workers keep to; empty: all that the process may use
    /// Cores of the process that workers and their executors' threads leave free; negative where
    /// threads outnumber cores, or a client and a worker would share the only one.
    int spare = -1;

    /// \param threads of one executor
    /// \param where   the cores for all workers
    /// \throws std::invalid_argument for a number out of range, in the options or the environment
    server_plan(server_options wanted, int threads, core_set where = visible_cores())
        : options(wanted), cores(std::move(where.cores)) {
        if (wanted.workers < 0 || wanted.in_flight < 0 || wanted.handles < 0
            || wanted.timeline_events < 0) {
            throw std::invalid_argument("soma: server_options: a number is negative");
        }
        if (options.workers == 0) {
            options.workers = std::max(1, where.count / threads);
        }
        const int cores_here = available_cores();
        spare = cores_here > 1 ? cores_here - options.workers * threads : -1;
        if (const auto limit = detail::variable("SOMA_MAX_INFLIGHT"); !limit.empty()) {
            options.in_flight = detail::number_in(limit, 1, "SOMA_MAX_INFLIGHT");
        }
        if (options.in_flight == 0) {
            options.in_flight = default_in_flight(where.count);
        }
        if (options.handles == 0) {
            options.handles = options.in_flight + 256;
        }
        options.handles = std::max(options.handles, options.in_flight);
    }

    /// Keeps the calling thread, and those it starts, to the plan's cores.
    void settle_thread() const noexcept { keep_thread_to(cores); }
};

}  // namespace soma
