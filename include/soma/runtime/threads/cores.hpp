// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// How many cores this process may really use.

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <string_view>

#include <soma/runtime/threads/affinity.hpp>

namespace soma {

namespace detail {

/// Cores that a cgroup's `cpu.max` line ("quota period" or "max period") allows; 0 for no limit.
[[nodiscard]] inline int cores_of_quota(const std::string& line) {
    const auto space = line.find(' ');
    if (space == std::string::npos || line.compare(0, 3, "max") == 0) {
        return 0;
    }
    try {
        const double quota = std::stod(line.substr(0, space));
        const double period = std::stod(line.substr(space + 1));
        return quota > 0 && period > 0 ? std::max(1, static_cast<int>(std::ceil(quota / period)))
                                       : 0;
    } catch (const std::exception&) {
        return 0;
    }
}

[[nodiscard]] inline std::string first_line(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

/// The tightest CPU quota among this process's cgroup and those above it; 0 for none.
[[nodiscard]] inline int cgroup_cores() {
    int tightest = 0;
    const auto consider = [&](int cores) {
        tightest = cores == 0 ? tightest : tightest == 0 ? cores : std::min(tightest, cores);
    };
    const std::string own = first_line("/proc/self/cgroup");  // version 2: "0::/path"
    if (own.compare(0, 3, "0::") == 0) {
        std::string path = own.substr(3);
        while (!path.empty()) {
            consider(cores_of_quota(first_line("/sys/fs/cgroup" + path + "/cpu.max")));
            path.erase(path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
        }
    }
    consider(cores_of_quota(first_line("/sys/fs/cgroup/cpu.max")));
    const std::string quota = first_line("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");  // version 1
    if (!quota.empty() && quota[0] != '-') {
        consider(cores_of_quota(quota + " " + first_line("/sys/fs/cgroup/cpu/cpu.cfs_period_us")));
    }
    return tightest;
}

}  // namespace detail

/// Cores this process may run on: its affinity mask, less what a cgroup's quota takes away.
///
/// `std::thread::hardware_concurrency` sees the host: in a container limited to two of 64 cores,
/// threads by its count spin in each other's way.
[[nodiscard]] inline int available_cores() {
    const auto cores = static_cast<int>(allowed_cores().size());
    const int quota = detail::cgroup_cores();
    return std::max(1, quota == 0 ? cores : std::min(cores, quota));
}

}  // namespace soma
