// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// How much memory this process had at its most.

#include <cstddef>
#include <fstream>
#include <string>

namespace soma::perf {

/// The most bytes of this program that were in memory at once, the files it maps included; zero
/// where the system does not say.
///
/// Read from /proc: what `getrusage` reports goes back to before the program was started.
[[nodiscard]] inline std::size_t peak_resident_bytes() {
    std::ifstream status("/proc/self/status");
    for (std::string key; status >> key;) {
        if (std::size_t kib = 0; key == "VmHWM:" && status >> kib) {
            return kib * 1024;
        }
    }
    return 0;
}

}  // namespace soma::perf
