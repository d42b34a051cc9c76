// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// How a server works: what a program sets, and what its environment overrides.

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <soma/hardware/formulas.hpp>
#include <soma/runtime/cores.hpp>

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

namespace detail {

/// The whole number of at least `least` that `text` is.
[[nodiscard]] inline int number_in(std::string_view text, int least, const char* variable) {
    int value = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stopped != end || value < least) {
        throw std::invalid_argument(std::string("soma: ")
                                        .append(variable)
                                        .append(": not a number of at least ")
                                        .append(std::to_string(least))
                                        .append(": '")
                                        .append(text)
                                        .append("'"));
    }
    return value;
}

/// The cores of a list of indices and inclusive ranges, in order, each once.
[[nodiscard]] inline std::vector<int> cores_in(std::string_view list, const char* variable) {
    constexpr int most = 65535;  // keeps "0-2000000000" from filling memory
    std::vector<int> cores;
    for (std::size_t at = 0; at <= list.size();) {
        const std::size_t comma = std::min(list.find(',', at), list.size());
        const std::string_view item = list.substr(at, comma - at);
        const std::size_t dash = item.find('-');
        const int first = number_in(item.substr(0, dash), 0, variable);
        const int last = dash == std::string_view::npos
                             ? first
                             : number_in(item.substr(dash + 1), first, variable);
        if (last > most) {
            throw std::invalid_argument(std::string("soma: ")
                                            .append(variable)
                                            .append(": no such core: ")
                                            .append(std::to_string(last)));
        }
        for (int core = first; core <= last; ++core) {
            cores.push_back(core);
        }
        at = comma + 1;
    }
    std::sort(cores.begin(), cores.end());
    cores.erase(std::unique(cores.begin(), cores.end()), cores.end());
    return cores;
}

[[nodiscard]] inline std::string_view variable(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string_view{} : std::string_view{value};
}

}  // namespace detail

/// `server_options` with every zero replaced.
struct server_plan {
    server_options options;
    std::vector<int> cores;  ///< that workers keep to; empty: all that the process may use

    /// \param threads of one executor
    /// \throws std::invalid_argument for a number out of range, in the options or the environment
    server_plan(server_options wanted, int threads) : options(wanted) {
        if (wanted.workers < 0 || wanted.in_flight < 0 || wanted.handles < 0) {
            throw std::invalid_argument("soma: server_options: a number is negative");
        }
        int usable = available_cores();
        if (const auto list = detail::variable("SOMA_VISIBLE_CORES"); !list.empty()) {
            cores = detail::cores_in(list, "SOMA_VISIBLE_CORES");
            keep_allowed();
            usable = std::min(usable, static_cast<int>(cores.size()));
        }
        if (options.workers == 0) {
            options.workers = std::max(1, usable / threads);
        }
        if (const auto limit = detail::variable("SOMA_MAX_INFLIGHT"); !limit.empty()) {
            options.in_flight = detail::number_in(limit, 1, "SOMA_MAX_INFLIGHT");
        }
        if (options.in_flight == 0) {
            options.in_flight = default_in_flight(usable);
        }
        if (options.handles == 0) {
            options.handles = options.in_flight + 256;
        }
        options.handles = std::max(options.handles, options.in_flight);
    }

    /// Keeps the calling thread, and those it starts, to the plan's cores.
    void settle_thread() const {
#if defined(__linux__)
        if (!cores.empty()) {
            cpu_set_t set;
            CPU_ZERO(&set);
            for (const int core : cores) {
                CPU_SET(static_cast<std::size_t>(core), &set);
            }
            static_cast<void>(sched_setaffinity(0, sizeof(set), &set));
        }
#endif
    }

private:
    /// Drops cores that this process may not use.
    void keep_allowed() {
#if defined(__linux__)
        cpu_set_t allowed;
        CPU_ZERO(&allowed);
        if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0) {
            std::erase_if(cores, [&](int core) {
                return core >= CPU_SETSIZE || !CPU_ISSET(static_cast<std::size_t>(core), &allowed);
            });
        }
#endif
        if (cores.empty()) {
            throw std::invalid_argument(
                "soma: SOMA_VISIBLE_CORES: this process may use none of these cores");
        }
    }
};

}  // namespace soma
