// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What other processes take of this machine meanwhile.

#include <fstream>
#include <string>

#if defined(__unix__)
#include <unistd.h>
#endif

#include <soma/perf/clock.hpp>

namespace bench {

/// CPU seconds of all processes since the machine started, stolen time included; 0 where the system
/// does not say. Counted in ticks, of 10 ms as a rule.
[[nodiscard]] inline double busy_seconds() {
    double ticks = 0;
#if defined(__linux__)
    std::ifstream stat("/proc/stat");
    std::string label;
    double user = 0, nice = 0, system = 0, idle = 0, waiting = 0, irq = 0, softirq = 0, stolen = 0;
    stat >> label >> user >> nice >> system >> idle >> waiting >> irq >> softirq >> stolen;
    ticks = (user + nice + system + irq + softirq + stolen)
            / static_cast<double>(::sysconf(_SC_CLK_TCK));
#endif
    return ticks;
}

/// Notes what this process and all processes use from its construction on.
class neighbour_watch {
public:
    /// Cores' worth of CPU time that others have taken.
    [[nodiscard]] double cores() const {
        namespace perf = soma::perf;
        const double wall = perf::seconds_between(wall_, perf::wall_clock::now());
        const double own = perf::seconds_between(own_, perf::process_cpu_clock::now());
        const double others = busy_seconds() - all_ - own;
        return others > 0 ? others / wall : 0;
    }

private:
    soma::perf::wall_clock::time_point wall_ = soma::perf::wall_clock::now();
    soma::perf::process_cpu_clock::time_point own_ = soma::perf::process_cpu_clock::now();
    double all_ = busy_seconds();
};

}  // namespace bench
