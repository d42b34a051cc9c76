// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The cores of a device, cut to groups, and what fits on them.

#include <cstddef>
#include <initializer_list>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <soma/hardware/groups.hpp>
#include <soma/hardware/instance.hpp>
#include <soma/runtime/threads/core_claim.hpp>
#include <soma/runtime/threads/visible_cores.hpp>

namespace soma {

/// An instance and its groups, on consecutive cores in their order.
///
/// Cores of a modelled instance are a number: as many threads run at once, which the system slices
/// to the cores it has. Those of this processor are cores of the system, to which a group's threads
/// keep, unless a quota gives this process less time than they have.
class device_layout {
public:
    /// \param groups sizes like `4,4,8` or copies x cores like `4x1`; empty: one group of all cores
    /// \throws std::invalid_argument if there are no such groups
    device_layout(const instance& modelled, std::string_view groups)
        : where_(modelled), groups_(cut(groups)) {
        // What the threads of a modelled core may use is what the environment leaves to them.
        of_group_.resize(static_cast<std::size_t>(groups_.count), visible_cores());
        for (int g = 0; g < groups_.count; ++g) {
            of_group_[static_cast<std::size_t>(g)].count = groups_[g].cores;
        }
    }

    /// The cores that this process may use: all, or those that `SOMA_VISIBLE_CORES` lists.
    ///
    /// \throws std::invalid_argument if there are no such groups, or for a variable that makes no
    ///         sense
    [[nodiscard]] static device_layout of_host(std::string_view groups) {
        core_set all = visible_cores();
        if (all.cores.empty()) {
            all.cores = detail::cores_to_pin();
        }
        device_layout host(
            instance{.name = "host",
                     .chip = {.name = "host",
                              .cores = all.count,
                              .memory_bytes = {std::numeric_limits<double>::infinity(),
                                               provenance::inferred, "what the system has"}},
                     .vcpus = all.count},
            groups);
        for (int g = 0; g < host.groups_.count; ++g) {
            core_set& own = host.of_group_[static_cast<std::size_t>(g)];
            own.cores = all.cores;
            if (static_cast<int>(all.cores.size()) == all.count) {
                const auto first = all.cores.begin() + host.groups_[g].first_core;
                own.cores.assign(first, first + own.count);
            }
        }
        return host;
    }

    [[nodiscard]] const instance& where() const noexcept { return where_; }
    [[nodiscard]] int groups() const noexcept { return groups_.count; }
    /// \pre `0 <= g < groups()`
    [[nodiscard]] const core_group& group(int g) const noexcept { return groups_[g]; }
    /// Where the threads of group `g` run.
    [[nodiscard]] const core_set& cores(int g) const noexcept {
        return of_group_[static_cast<std::size_t>(g)];
    }

    /// The group of the last of `models`, which is the one to be loaded, beside the others. Those
    /// that choose no group get the one with the fewest models.
    ///
    /// \throws std::invalid_argument if there is no such group or it has too few cores,
    ///         std::runtime_error if device memory does not suffice
    [[nodiscard]] int place(const std::vector<loaded_model>& models) const {
        std::vector<int> group_of(models.size());
        const group_load load = load_models(models.data(), static_cast<int>(models.size()), groups_,
                                            where_, group_of.data());
        if (!load.problem) {
            return group_of.back();
        }
        std::string message("soma: device: cannot load '");
        message.append(models.back().name).append("': ");
        message.append(sentence(load.problem, where_).view());
        if (load.problem.what != group_fault::device_memory) {
            throw std::invalid_argument(message);
        }
        message.append(", ").append(std::to_string(models.back().device_bytes));
        message.append(" of them this one");
        throw std::runtime_error(message);
    }

private:
    [[nodiscard]] group_list cut(std::string_view text) const {
        const group_list list = text.empty() ? even_groups(1, where_) : parse_groups(text, where_);
        if (list.problem) {
            throw std::invalid_argument(
                std::string("soma: device: ").append(sentence(list.problem, where_).view()));
        }
        return list;
    }

    instance where_;
    group_list groups_;
    std::vector<core_set> of_group_;
};

/// Sizes of groups as `device_layout` reads them: `4,4,8`.
[[nodiscard]] inline std::string spelled_groups(std::initializer_list<int> sizes) {
    std::string text;
    for (const int cores : sizes) {
        text.append(text.empty() ? "" : ",").append(std::to_string(cores));
    }
    return text;
}

}  // namespace soma
