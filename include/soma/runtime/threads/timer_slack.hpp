// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Threads that wake when they asked to.

#if defined(__linux__)
#include <sys/prctl.h>
#endif

namespace soma {

/// Has the system wake the calling thread on time. Linux may wake it up to 50 us late otherwise, so
/// that several timers cost one interrupt.
inline void wake_on_time() noexcept {
#if defined(__linux__)
    static_cast<void>(::prctl(PR_SET_TIMERSLACK, 1UL));  // ns; 0 stands for the default
#endif
}

}  // namespace soma
