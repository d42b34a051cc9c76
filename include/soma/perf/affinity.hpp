// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The processors this process may use, and keeping the calling thread on one of them.

#include <cstddef>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#else
#include <thread>
#endif

namespace soma::perf {

/// The numbers of the processors the calling thread may run on, in rising order.
[[nodiscard]] inline std::vector<int> allowed_processors() {
    std::vector<int> processors;
#if defined(__linux__)
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof set, &set) == 0) {
        for (std::size_t processor = 0; processor < CPU_SETSIZE; ++processor) {
            if (CPU_ISSET(processor, &set)) {
                processors.push_back(static_cast<int>(processor));
            }
        }
    }
#else
    const auto count = static_cast<int>(std::thread::hardware_concurrency());
    for (int processor = 0; processor < count; ++processor) {
        processors.push_back(processor);
    }
#endif
    return processors;
}

/// Keeps the calling thread, and threads it starts later, on one processor; false if refused.
[[nodiscard]] inline bool pin_this_thread([[maybe_unused]] int processor) noexcept {
#if defined(__linux__)
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<std::size_t>(processor), &set);
    return ::sched_setaffinity(0, sizeof set, &set) == 0;
#else
    return false;
#endif
}

}  // namespace soma::perf
