// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Which cores the calling thread may run on, and keeping it to some of them.

#include <cstddef>
#include <span>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif

namespace soma {

/// Whether threads can be kept to cores on this system.
#if defined(__linux__)
inline constexpr bool keeps_threads = true;
#else
inline constexpr bool keeps_threads = false;
#endif

/// Cores that the calling thread may run on, by the system's numbers, in rising order; all, where
/// it does not say.
[[nodiscard]] inline std::vector<int> allowed_cores() {
    std::vector<int> cores;
#if defined(__linux__)
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof set, &set) == 0) {
        for (std::size_t core = 0; core < CPU_SETSIZE; ++core) {
            if (CPU_ISSET(core, &set)) {
                cores.push_back(static_cast<int>(core));
            }
        }
        return cores;
    }
#endif
    const auto count = static_cast<int>(std::thread::hardware_concurrency());
    for (int core = 0; core < count; ++core) {
        cores.push_back(core);
    }
    return cores;
}

/// Keeps the calling thread, and those it starts, to `cores`, if there are any; false if the system
/// does not agree.
inline bool keep_thread_to([[maybe_unused]] std::span<const int> cores) noexcept {
#if defined(__linux__)
    if (cores.empty()) {
        return true;
    }
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int core : cores) {
        CPU_SET(static_cast<std::size_t>(core), &set);
    }
    return ::sched_setaffinity(0, sizeof set, &set) == 0;
#else
    return cores.empty();
#endif
}

}  // namespace soma
