// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// NeuronCore groups: which cores of an instance each copy of a model is loaded on, and what it
/// costs when several models share a group.
///
/// Groups lie on consecutive cores in the order in which they are given, those of one group on
/// neighbours in the instance's row of chips. Models go to groups in the order of loading. So the
/// same list always gives the same cores (guides/core-placement of the Neuron documentation lists
/// load order and implicit placement among what goes wrong with groups).

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <soma/base/text.hpp>
#include <soma/hardware/figure.hpp>
#include <soma/hardware/instance.hpp>

namespace soma {

/// Most groups of one instance: the cores of the largest one (trn2.48xlarge).
inline constexpr int max_groups = 128;
/// Most chips of one instance; the vendor's have up to 16.
inline constexpr int max_chips = 64;

/// Cores [first_core, first_core + cores) of an instance.
struct core_group {
    int first_core = 0;
    int cores = 0;

    friend constexpr bool operator==(const core_group&, const core_group&) = default;
};

/// Why groups cannot be made or models cannot be put on them.
enum class group_fault : std::uint8_t {
    none,
    spelling,       ///< neither sizes nor copies x cores
    empty_group,    ///< a group without cores, or no copies
    groups,         ///< more than `max_groups`
    cores,          ///< more cores than the instance has
    chips,          ///< more chips than the instance has
    copies,         ///< copies that do not divide the cores
    no_such_group,  ///< a model asks for a group that is not there
    model_cores,    ///< a model needs more cores than its group has, or any group
    device_memory,  ///< the models on a chip need more than its memory
};

/// A fault with what it is about.
struct group_problem {
    group_fault what = group_fault::none;
    std::string_view subject = {};  ///< the text, or the model's name
    long long value = 0;            ///< what was asked for
    long long allowed = 0;          ///< what there is
    int where = -1;                 ///< the group or the chip

    constexpr explicit operator bool() const noexcept { return what != group_fault::none; }
};

/// The groups of an instance, or why there are none.
struct group_list {
    core_group at[max_groups] = {};
    int count = 0;
    group_problem problem = {};

    [[nodiscard]] constexpr const core_group& operator[](int i) const noexcept { return at[i]; }
};

/// The first and the last chip of a group.
struct chip_span {
    int first = 0, last = 0;

    [[nodiscard]] constexpr int count() const noexcept { return last - first + 1; }
    friend constexpr bool operator==(const chip_span&, const chip_span&) = default;
};

[[nodiscard]] constexpr chip_span chips_of(const core_group& group,
                                           const instance& where) noexcept {
    return {group.first_core / where.chip.cores,
            (group.first_core + group.cores - 1) / where.chip.cores};
}

/// How many of a group's cores are on one chip.
[[nodiscard]] constexpr int cores_on_chip(const core_group& group,
                                          int chip,
                                          const instance& where) noexcept {
    const int begin = chip * where.chip.cores, end = begin + where.chip.cores;
    const int first = group.first_core > begin ? group.first_core : begin;
    const int behind = group.first_core + group.cores;
    const int last = behind < end ? behind : end;
    return last > first ? last - first : 0;
}

namespace detail {

/// The number at the beginning of `text`, which is cut off; -1 where there is none. Numbers that no
/// instance has are all alike.
[[nodiscard]] constexpr long long take_number(std::string_view& text) noexcept {
    long long value = -1;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        value = (value < 0 ? 0 : value) * 10 + (text.front() - '0');
        value = value < 1'000'000'000 ? value : 1'000'000'000;
        text.remove_prefix(1);
    }
    return value;
}

}  // namespace detail

/// `copies` groups of equal size on `chips` chips, all of the instance's by default: cores of the
/// chips / copies must be whole, the rule of serving platforms.
[[nodiscard]] constexpr group_list even_groups(int copies,
                                               const instance& where,
                                               int chips = 0) noexcept {
    chips = chips == 0 ? where.chips : chips;
    const int cores = chips * where.chip.cores;
    group_list groups;
    if (chips < 1 || chips > where.chips) {
        groups.problem = {.what = group_fault::chips, .value = chips, .allowed = where.chips};
    } else if (copies < 1) {
        groups.problem = {.what = group_fault::empty_group, .subject = "copies", .value = copies};
    } else if (cores % copies != 0) {
        groups.problem = {.what = group_fault::copies, .value = copies, .allowed = cores};
    } else if (copies > max_groups) {
        groups.problem = {.what = group_fault::groups, .subject = "copies", .value = copies};
    } else {
        for (; groups.count < copies; ++groups.count) {
            groups.at[groups.count] = {groups.count * (cores / copies), cores / copies};
        }
    }
    return groups;
}

/// Groups from their sizes, `2,4,3`, or from copies x cores of each, `4x1`.
///
/// Cores that no group has stay unused. \post `problem` views `text`.
[[nodiscard]] constexpr group_list parse_groups(std::string_view text,
                                                const instance& where) noexcept {
    group_list groups;
    long long used = 0;
    const auto add = [&](long long copies, long long cores) {
        for (long long i = 0;
             i < copies && used + cores <= where.cores() && groups.count < max_groups; ++i) {
            groups.at[groups.count++] = {static_cast<int>(used), static_cast<int>(cores)};
            used += cores;
        }
    };
    const auto refused = [&](group_fault what, long long value = 0) {
        groups = {};
        groups.problem = {.what = what, .subject = text, .value = value, .allowed = where.cores()};
        return groups;
    };

    std::string_view rest = text;
    long long wanted = 0, count = 0;
    bool more = true;
    for (bool first = true; more; first = false) {
        long long cores = detail::take_number(rest), copies = 1;
        if (first && cores >= 0 && !rest.empty() && rest.front() == 'x') {
            rest.remove_prefix(1);
            copies = cores;
            cores = detail::take_number(rest);
            more = false;  // nothing may follow
        } else {
            more = !rest.empty() && rest.front() == ',';
            rest.remove_prefix(more ? 1 : 0);
        }
        if (cores < 0 || (!more && !rest.empty())) {
            return refused(group_fault::spelling);
        }
        if (cores == 0 || copies == 0) {
            return refused(group_fault::empty_group);
        }
        wanted += copies * cores;
        count += copies;
        add(copies, cores);
    }
    if (wanted > where.cores()) {
        return refused(group_fault::cores, wanted);
    }
    return count > max_groups ? refused(group_fault::groups, count) : groups;
}

/// Where the weights of a model wait while another one has the group.
enum class weights_home : std::uint8_t {
    device,  ///< in device memory: all models of a group have to fit
    host,    ///< in host memory: only the largest of them has to (--enable-fast-context-switch)
};

/// A model as it is loaded on a group.
struct loaded_model {
    std::string_view name;
    int cores = 1;                 ///< that it is compiled for: the first ones of its group
    std::size_t device_bytes = 0;  ///< device memory of one copy, over all its cores
    std::size_t cached_bytes = 0;  ///< weights that its cores keep on chip while it runs
    int group = -1;                ///< the group to use, -1: whichever is next
};

/// Models on groups, or why not.
struct group_load {
    group_problem problem = {};
    int models[max_groups] = {};             ///< how many share each group
    std::size_t chip_bytes[max_chips] = {};  ///< device memory in use
};

namespace detail {

/// A model's bytes on one chip: as many as its cores there need, rounded up.
[[nodiscard]] constexpr std::size_t bytes_on_chip(std::size_t bytes,
                                                  const core_group& cores,
                                                  int chip,
                                                  const instance& where) noexcept {
    const auto here = static_cast<std::size_t>(cores_on_chip(cores, chip, where));
    const auto all = static_cast<std::size_t>(cores.cores);
    return (bytes / all) * here + ((bytes % all) * here + all - 1) / all;
}

/// The group for the next model: the emptiest of those that have its cores, the first one among
/// equals; -1 where none has.
[[nodiscard]] constexpr int next_group(const loaded_model& model,
                                       const group_list& groups,
                                       const group_load& load) noexcept {
    int best = -1;
    for (int g = 0; g < groups.count; ++g) {
        if (groups[g].cores >= model.cores && (best < 0 || load.models[g] < load.models[best])) {
            best = g;
        }
    }
    return best;
}

}  // namespace detail

/// Puts `count` models on groups, in order, and checks the memory of the chips that groups share.
/// `group_of` has each model's group where there is no problem.
///
/// \pre `where.chips <= max_chips`
[[nodiscard]] constexpr group_load load_models(const loaded_model* models,
                                               int count,
                                               const group_list& groups,
                                               const instance& where,
                                               int* group_of,
                                               weights_home home = weights_home::device) noexcept {
    group_load load;
    if (groups.problem) {
        load.problem = groups.problem;
        return load;
    }
    std::size_t on_chip[max_groups] = {};  // of the chip in question, by group
    for (int m = 0; m < count; ++m) {
        const loaded_model& model = models[m];
        if (model.group >= groups.count) {
            load.problem = {.what = group_fault::no_such_group,
                            .subject = model.name,
                            .value = model.group,
                            .allowed = groups.count - 1};
            return load;
        }
        const int g = model.group >= 0 ? model.group : detail::next_group(model, groups, load);
        if (g < 0 || groups[g].cores < model.cores) {
            int most = g < 0 ? 0 : groups[g].cores;
            for (int i = 0; g < 0 && i < groups.count; ++i) {
                most = groups[i].cores > most ? groups[i].cores : most;
            }
            load.problem = {.what = group_fault::model_cores,
                            .subject = model.name,
                            .value = model.cores,
                            .allowed = most,
                            .where = g};
            return load;
        }
        group_of[m] = g;
        ++load.models[g];
    }
    for (int chip = 0; chip < where.chips; ++chip) {
        for (int g = 0; g < groups.count; ++g) {
            on_chip[g] = 0;
        }
        for (int m = 0; m < count; ++m) {
            const core_group cores{groups[group_of[m]].first_core, models[m].cores};
            const std::size_t bytes =
                detail::bytes_on_chip(models[m].device_bytes, cores, chip, where);
            std::size_t& taken = on_chip[group_of[m]];
            taken = home == weights_home::device ? taken + bytes : bytes > taken ? bytes : taken;
        }
        for (int g = 0; g < groups.count; ++g) {
            load.chip_bytes[chip] += on_chip[g];
        }
        if (static_cast<double>(load.chip_bytes[chip]) > where.chip.memory_bytes && !load.problem) {
            load.problem = {.what = group_fault::device_memory,
                            .value = static_cast<long long>(load.chip_bytes[chip]),
                            .allowed = static_cast<long long>(where.chip.memory_bytes.value),
                            .where = chip};
        }
    }
    return load;
}

/// Seconds until `model` can begin on its group after another model has run there: its cores read
/// the weights that they keep on chip, and before that, where they wait in host memory, the host
/// sends all of the model.
///
/// The vendor publishes no figure. Cores of a chip read at the same time and share its bandwidth;
/// each moves at most what its own path does.
[[nodiscard]] constexpr figure switch_seconds(const loaded_model& model,
                                              const core_group& group,
                                              const instance& where,
                                              weights_home home,
                                              double host_bytes_per_second) noexcept {
    const core_group cores{group.first_core, model.cores};
    const chip_span chips = chips_of(cores, where);
    double slowest = static_cast<double>(model.cached_bytes) / model.cores
                     / where.chip.core.dma_bytes_per_second;
    for (int chip = chips.first; chip <= chips.last; ++chip) {
        const auto bytes = detail::bytes_on_chip(model.cached_bytes, cores, chip, where);
        const double taken = static_cast<double>(bytes) / where.chip.memory_bytes_per_second;
        slowest = taken > slowest ? taken : slowest;
    }
    if (home == weights_home::host) {
        slowest += static_cast<double>(model.device_bytes) / host_bytes_per_second;
    }
    return {slowest, provenance::inferred,
            home == weights_home::host ? "the model's bytes over the host's link, then its cached "
                                         "weights at the chips' bandwidth"
                                       : "the model's cached weights at the chips' bandwidth"};
}

/// One sentence about `problem` on `where`; empty where there is none.
[[nodiscard]] constexpr text<256> sentence(const group_problem& problem,
                                           const instance& where) noexcept {
    text<256> s;
    switch (problem.what) {
        case group_fault::none: break;
        case group_fault::spelling:
            s.append("groups \"").append(problem.subject);
            s.append("\": allowed are sizes like 2,4,3 or copies x cores like 4x1");
            break;
        case group_fault::empty_group:
            if (problem.subject == "copies") {
                s.append(problem.value).append(" copies: at least 1 is needed");
            } else {
                s.append("groups \"")
                    .append(problem.subject)
                    .append("\": a group has at least 1 core");
            }
            break;
        case group_fault::groups:
            s.append(problem.value)
                .append(" groups: at most ")
                .append(max_groups)
                .append(" are told apart");
            break;
        case group_fault::cores:
            s.append("groups \"").append(problem.subject).append("\" need ").append(problem.value);
            s.append(" cores; ").append(where.name).append(" has ").append(problem.allowed);
            break;
        case group_fault::chips:
            s.append(problem.value).append(" chips: ").append(where.name).append(" has 1 to ");
            s.append(problem.allowed);
            break;
        case group_fault::copies:
            s.append(problem.value).append(" copies do not divide ").append(problem.allowed);
            s.append(" cores of ").append(where.name).append("; allowed are");
            for (long long n = 1; n <= problem.allowed; ++n) {
                if (problem.allowed % n == 0) {
                    s.append(n == 1 ? " " : ", ").append(n);
                }
            }
            break;
        case group_fault::no_such_group:
            s.append(problem.subject).append(": no group ").append(problem.value);
            s.append("; there are 0 to ").append(problem.allowed);
            break;
        case group_fault::model_cores:
            s.append(problem.subject).append(" needs ").append(problem.value);
            if (problem.where < 0) {
                s.append(" cores; the largest group has ").append(problem.allowed);
            } else {
                s.append(" cores; group ").append(problem.where).append(" has ");
                s.append(problem.allowed);
            }
            break;
        case group_fault::device_memory:
            s.append("chip ")
                .append(problem.where)
                .append(" of ")
                .append(where.name)
                .append(" has ");
            s.append(problem.allowed).append(" bytes of device memory; its models need ");
            s.append(problem.value);
            break;
    }
    return s;
}

}  // namespace soma
