// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The three clocks measurements use: thread CPU time, process CPU time and wall time.

#include <time.h>

#include <chrono>

namespace soma::perf {

namespace detail {

/// A clock of the operating system as a chrono clock; `Id` is its POSIX number.
template <clockid_t Id, bool Steady>
struct system_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<system_clock>;
    static constexpr bool is_steady = Steady;

    [[nodiscard]] static time_point now() noexcept {
        timespec value{};
        ::clock_gettime(Id, &value);
        return time_point{std::chrono::seconds{value.tv_sec}
                          + std::chrono::nanoseconds{value.tv_nsec}};
    }
};

}  // namespace detail

/// CPU time of the calling thread: unlike wall time it does not count what a neighbour took, which
/// on a shared machine turns one kernel into two (40 % and 95 % of peak).
using thread_cpu_clock = detail::system_clock<CLOCK_THREAD_CPUTIME_ID, false>;

/// CPU time of all threads of the process: for a peer that works on threads of its own.
using process_cpu_clock = detail::system_clock<CLOCK_PROCESS_CPUTIME_ID, false>;

/// Elapsed time: for latency and throughput as a caller sees them.
using wall_clock = detail::system_clock<CLOCK_MONOTONIC, true>;

/// Seconds from `start` to `stop`.
template <class Clock, class Duration>
[[nodiscard]] double seconds_between(std::chrono::time_point<Clock, Duration> start,
                                     std::chrono::time_point<Clock, Duration> stop) noexcept {
    return std::chrono::duration<double>(stop - start).count();
}

/// Seconds that `work()` took on `Clock`.
template <class Clock = thread_cpu_clock, class Work>
[[nodiscard]] double seconds_of(Work&& work) {
    const auto start = Clock::now();
    work();
    return seconds_between(start, Clock::now());
}

}  // namespace soma::perf
