// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The cores that the environment lets this process use, and keeping threads to them.

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <soma/runtime/threads/affinity.hpp>
#include <soma/runtime/threads/cores.hpp>

namespace soma {

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

/// Cores for threads to run on.
struct core_set {
    std::vector<int> cores;  ///< by the system's numbers; empty: all that the process may use
    int count = 1;           ///< how many of them are to be had at once
};

/// All that the process may use; of these the ones that `SOMA_VISIBLE_CORES` lists ("2", "0-3",
/// "0-1,4"), if it is set.
///
/// \throws std::invalid_argument if the variable makes no sense
[[nodiscard]] inline core_set visible_cores() {
    core_set set{{}, available_cores()};
    const auto list = detail::variable("SOMA_VISIBLE_CORES");
    if (list.empty()) {
        return set;
    }
    set.cores = detail::cores_in(list, "SOMA_VISIBLE_CORES");
    const std::vector<int> allowed = allowed_cores();
    std::erase_if(set.cores, [&](int core) {
        return !std::binary_search(allowed.begin(), allowed.end(), core);
    });
    if (set.cores.empty()) {
        throw std::invalid_argument(
            "soma: SOMA_VISIBLE_CORES: this process may use none of these cores");
    }
    set.count = std::min(set.count, static_cast<int>(set.cores.size()));
    return set;
}

}  // namespace soma
