// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Workers that each keep one call in flight: how many calls a second that makes.

#include <cstdint>

namespace soma {

/// Copies of a program that workers call over and over.
struct closed_loop {
    int workers = 1;  ///< of each copy
    int copies = 1;
    int processors = 1;          ///< of the host, shared by all workers
    double host_seconds = 0;     ///< of a processor, for each call
    double device_seconds = 0;   ///< of a call's way through all stages of a copy
    double slowest_seconds = 0;  ///< of the stage that is busy longest
};

/// What keeps a loop from being faster.
enum class loop_bound : std::uint8_t {
    workers,     ///< every worker waits for its own call
    stage,       ///< the slowest stage is always busy
    processors,  ///< the host's processors are always busy
};

struct loop_rate {
    double calls_per_second = 0;  ///< of one copy
    loop_bound bound = loop_bound::workers;
};

/// The most that each resource allows, whichever is least (asymptotic bounds of a closed queueing
/// network; with constant service times it is reached).
[[nodiscard]] constexpr loop_rate rate_of(const closed_loop& loop) noexcept {
    loop_rate rate{loop.workers / (loop.host_seconds + loop.device_seconds), loop_bound::workers};
    if (loop.slowest_seconds * rate.calls_per_second > 1) {
        rate = {1 / loop.slowest_seconds, loop_bound::stage};
    }
    if (loop.host_seconds * loop.copies * rate.calls_per_second > loop.processors) {
        rate = {loop.processors / (loop.host_seconds * loop.copies), loop_bound::processors};
    }
    return rate;
}

}  // namespace soma
