// SPDX-License-Identifier: MIT

/// \file
/// Loads models on groups and writes down where they are.

#include "groups.hpp"

#include <algorithm>
#include <cstddef>

#include <nlohmann/json.hpp>

#include <soma/compile/predict.hpp>

#include "study.hpp"

namespace plan {

namespace {

/// What a copy of `asked.network` takes on `cores` cores.
soma::loaded_model load_of(const request& asked, int batch, int cores) {
    const examples::network_operations model = asked.network.operations(*asked.precision);
    soma::stage_list stages;
    const soma::prediction p = soma::predict<examples::most_operations>(
        model.list(), *asked.where, {.batch = batch, .pipeline_cores = cores}, soma::calibrated,
        &stages);
    if (!p.fits()) {
        throw bad_input(std::string(asked.network.name)
                            .append(" on ")
                            .append(std::to_string(cores))
                            .append(" cores: ")
                            .append(state_of({.how = p.how, .expected = p})));
    }
    soma::loaded_model loaded{.name = asked.network.name, .cores = cores};
    // A prediction counts the fullest chip.
    const int on_chip = std::min(cores, asked.where->chip.cores);
    loaded.device_bytes =
        p.device_bytes / static_cast<std::size_t>(on_chip) * static_cast<std::size_t>(cores);
    for (int s = 0; s < stages.count; ++s) {
        loaded.cached_bytes += stages.at[s].weight_bytes - stages.at[s].streamed_bytes;
    }
    return loaded;
}

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t comma = std::min(text.find(',', begin), text.size());
        parts.push_back(text.substr(begin, comma - begin));
        begin = comma + 1;
    }
    return parts;
}

std::string range(int first, int last) {
    std::string text = std::to_string(first);
    return first == last ? text : text.append("-").append(std::to_string(last));
}

std::string padded(std::string text, std::size_t size) {
    text.resize(std::max(text.size(), size), ' ');
    return text;
}

}  // namespace

group_plan examine_groups(const arguments& typed) {
    group_plan plan;
    std::vector<soma::loaded_model> loaded;
    const std::vector<std::string> names = split(typed.model);
    for (const std::string& name : names) {
        arguments one = typed;
        one.model = name;
        const request asked = understand(one);
        plan.where = asked.where;
        plan.precision = asked.precision->name;
        plan.batch = typed.batches.empty() ? 1 : asked.batches.front();
        if (asked.cores.size() > 1 || (!typed.batches.empty() && asked.batches.size() > 1)) {
            throw bad_input("--groups: expected at most one number each for --cores and --batch");
        }
        loaded.push_back(load_of(asked, plan.batch, asked.cores.empty() ? 1 : asked.cores[0]));
    }
    plan.groups = soma::parse_groups(typed.groups, *plan.where);
    if (names.size() == 1) {
        const soma::loaded_model model = loaded.front();
        loaded.assign(static_cast<std::size_t>(plan.groups.count), model);
        for (int g = 0; g < plan.groups.count; ++g) {
            loaded[static_cast<std::size_t>(g)].group = g;
        }
    }
    std::vector<int> group_of(loaded.size());
    plan.load = soma::load_models(loaded.data(), static_cast<int>(loaded.size()), plan.groups,
                                  *plan.where, group_of.data());
    if (plan.load.problem) {
        throw bad_input(std::string("--groups: ")
                            .append(soma::sentence(plan.load.problem, *plan.where).view()));
    }
    for (std::size_t m = 0; m < loaded.size(); ++m) {
        const int g = group_of[m];
        placed_model placed{std::string(loaded[m].name), loaded[m], g, 0};
        if (plan.load.models[g] > 1) {
            placed.switch_ms = 1e3
                               * soma::switch_seconds(loaded[m], plan.groups[g], *plan.where,
                                                      soma::weights_home::device,
                                                      soma::calibrated.host_bytes_per_second);
        }
        plan.models.push_back(std::move(placed));
    }
    return plan;
}

std::string text_of(const group_plan& plan) {
    const soma::instance& where = *plan.where;
    std::string text = std::string("instance    ")
                           .append(where.name)
                           .append(": ")
                           .append(std::to_string(where.chips))
                           .append(" x ")
                           .append(where.chip.name)
                           .append(", ")
                           .append(std::to_string(where.cores()))
                           .append(" x ")
                           .append(where.chip.core.name)
                           .append("\n\ngroup  cores   chips   models\n");
    int used = 0;
    for (int g = 0; g < plan.groups.count; ++g) {
        const soma::core_group& group = plan.groups[g];
        const soma::chip_span chips = soma::chips_of(group, where);
        used += group.cores;
        text.append(padded(std::to_string(g), 7))
            .append(padded(range(group.first_core, group.first_core + group.cores - 1), 8))
            .append(padded(range(chips.first, chips.last), 8));
        bool any = false;
        for (const placed_model& m : plan.models) {
            if (m.group != g) {
                continue;
            }
            text.append(any ? ", " : "").append(m.name);
            text.append(" on ").append(std::to_string(m.loaded.cores));
            if (m.switch_ms > 0) {
                text.append(" (predicted switch: ").append(fixed(m.switch_ms, 3)).append(" ms)");
            }
            any = true;
        }
        text.append(any ? "\n" : "none\n");
    }
    text.append("\n").append(std::to_string(where.cores() - used)).append(" cores in no group\n");
    for (int chip = 0; chip < where.chips; ++chip) {
        text.append("chip ")
            .append(std::to_string(chip))
            .append(": predicted ")
            .append(megabytes(static_cast<double>(plan.load.chip_bytes[chip])))
            .append(" of ")
            .append(megabytes(where.chip.memory_bytes))
            .append(" device memory\n");
    }
    return text;
}

std::string json_of(const group_plan& plan) {
    using json = nlohmann::ordered_json;
    const soma::instance& where = *plan.where;
    json groups = json::array(), chips = json::array();
    for (int g = 0; g < plan.groups.count; ++g) {
        const soma::core_group& group = plan.groups[g];
        const soma::chip_span span = soma::chips_of(group, where);
        json models = json::array();
        for (const placed_model& m : plan.models) {
            if (m.group == g) {
                models.push_back({{"model", m.name},
                                  {"cores", m.loaded.cores},
                                  {"predicted_device_bytes", m.loaded.device_bytes},
                                  {"predicted_switch_ms", m.switch_ms}});
            }
        }
        groups.push_back({{"first_core", group.first_core},
                          {"cores", group.cores},
                          {"first_chip", span.first},
                          {"last_chip", span.last},
                          {"models", std::move(models)}});
    }
    for (int chip = 0; chip < where.chips; ++chip) {
        chips.push_back({{"predicted_device_bytes", plan.load.chip_bytes[chip]},
                         {"available", static_cast<std::size_t>(where.chip.memory_bytes.value)}});
    }
    const json all{{"instance", where.name},
                   {"precision", plan.precision},
                   {"batch", plan.batch},
                   {"groups", std::move(groups)},
                   {"chips", std::move(chips)}};
    return all.dump(2).append("\n");
}

}  // namespace plan
