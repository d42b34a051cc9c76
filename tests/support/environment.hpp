// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The environment of a test: variables and cores.

#include <cstdlib>
#include <string>

#if defined(__linux__)
#include <sched.h>
#endif

namespace soma::test {

/// A variable of the environment, for as long as this lives.
struct with_variable {
    const char* name;
    with_variable(const char* n, const std::string& value) : name(n) {
        setenv(name, value.c_str(), 1);
    }
    ~with_variable() { unsetenv(name); }
    with_variable(const with_variable&) = delete;
    with_variable& operator=(const with_variable&) = delete;
};

/// The first core that this process may use.
inline int some_core() {
#if defined(__linux__)
    cpu_set_t set;
    CPU_ZERO(&set);
    const bool known = sched_getaffinity(0, sizeof(set), &set) == 0;
    for (std::size_t i = 0; known && i < CPU_SETSIZE; ++i) {
        if (CPU_ISSET(i, &set)) {
            return static_cast<int>(i);
        }
    }
#endif
    return 0;
}

}  // namespace soma::test
