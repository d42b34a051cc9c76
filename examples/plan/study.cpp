// SPDX-License-Identifier: MIT

/// \file
/// Predicts every configuration, then looks more closely at the best.

#include "study.hpp"

#include <algorithm>
#include <cstdio>

namespace plan {

namespace {

constexpr int capacity = examples::most_operations;

soma::prediction predict_one(const study& s,
                             const soma::deployment& how,
                             soma::stage_list* stages = nullptr) {
    return soma::predict<capacity>(s.model.list(), s.places.data(), s.placement, *s.asked.where,
                                   how, soma::calibrated, stages);
}

configuration examine_one(const study& s, const soma::deployment& how) {
    soma::stage_list stages;
    configuration c;
    c.how = how;
    c.expected = predict_one(s, how, &stages);
    c.available_bytes = static_cast<std::size_t>(s.asked.where->chip.core.memory_bytes.value);
    for (int i = 0; i < stages.count; ++i) {
        c.needed_bytes = std::max(c.needed_bytes, stages.at[i].needed_bytes());
    }
    return c;
}

void look_closely(study& s) {
    const auto count = s.places.size();
    std::vector<soma::node_stall> waits(count);
    predict_one(s, s.chosen.how, &s.stages);
    soma::attribute_stalls(s.model.list(), s.places.data(), *s.asked.where, s.chosen.how, s.stages,
                           waits.data());
    for (std::size_t i = 0; i < count; ++i) {
        const soma::operation& o = s.model.operations[i];
        if (!soma::is_edge(o.kind)) {
            s.nodes.push_back(
                {static_cast<int>(i), o.kind, s.places[i].why, o.flops, o.weight_bytes, waits[i]});
        }
    }
}

}  // namespace

study examine(const request& asked) {
    study s{.asked = asked,
            .model = asked.network.operations(*asked.precision),
            .places = {},
            .placement = {},
            .all = {},
            .front = {},
            .chosen = {},
            .fastest = {},
            .stages = {},
            .nodes = {}};
    const soma::operation_list list = s.model.list();
    const int cores = asked.where->cores();
    s.places.resize(s.model.operations.size());
    s.placement =
        soma::place(list, asked.where->chip.core, soma::placement_options{}, s.places.data());

    const soma::search_space space{.batches = asked.batches,
                                   .pipeline_cores = asked.cores,
                                   .copies = asked.copies,
                                   .static_weights = asked.static_weights};
    std::vector<soma::prediction> predictions;
    soma::for_each_deployment(space, cores, list.size, [&](const soma::deployment& how) {
        configuration c = examine_one(s, how);
        const int most = soma::divisor_up_to(cores, cores / how.pipeline_cores);
        c.most_copies = how.copies == (asked.copies == 0 ? most : asked.copies);
        predictions.push_back(c.expected);
        s.all.push_back(c);

        const soma::prediction& p = c.expected;
        if (p.fits() && (!s.fastest.found || p.latency_ms < s.fastest.expected.latency_ms)) {
            s.fastest = {true, how, p};
        }
        if (p.fits() && p.latency_ms <= asked.latency_ms.value_or(soma::any_latency)
            && (!s.chosen.found || soma::is_better(p, s.chosen.expected))) {
            s.chosen = {true, how, p};
        }
    });

    std::vector<int> front(predictions.size());
    const int size =
        soma::pareto_front(predictions.data(), static_cast<int>(predictions.size()), front.data());
    for (int k = 0; k < size; ++k) {
        const auto i = static_cast<std::size_t>(front[static_cast<std::size_t>(k)]);
        s.front.push_back(i);
        s.all[i].on_front = true;
    }
    if (s.chosen.found) {
        look_closely(s);
    }
    return s;
}

std::string spelled(const request& asked, const soma::deployment& how) {
    std::string where(asked.where->name);
    for (char& c : where) {
        c = c == '.' ? '_' : c;
    }
    return std::string("program<")
        .append(asked.network.spelled)
        .append(", ")
        .append(asked.precision->name)
        .append(", schedule<batch<")
        .append(std::to_string(how.batch))
        .append(">, pipeline<")
        .append(std::to_string(how.pipeline_cores))
        .append(">, replicate<")
        .append(std::to_string(how.copies))
        .append(how.static_weights ? ">, static_weights>, on<" : ">>, on<")
        .append(where)
        .append(">>");
}

std::string state_of(const configuration& c) {
    switch (c.expected.problem) {
        case soma::misfit::none: return std::string(name(c.expected.weights));
        case soma::misfit::cores: return "fail: too many cores";
        case soma::misfit::stages: return "fail: more stages than operators";
        case soma::misfit::static_weights: return "fail: weights do not stay on chip";
        case soma::misfit::device_memory: return "fail: device memory";
    }
    return "fail";
}

std::string fixed(double value, int decimals) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", decimals, value);
    return text;
}

std::string trimmed(double value) {
    char text[64];
    std::snprintf(text, sizeof text, "%.6g", value);
    return text;
}

std::string megabytes(double bytes) {
    if (bytes > 0 && bytes < 1e6) {
        return fixed(bytes * 1e-3, bytes < 100e3 ? 1 : 0).append(" kB");
    }
    return fixed(bytes * 1e-6, bytes < 100e6 ? 1 : 0).append(" MB");
}

std::string grouped(double value) {
    std::string text = fixed(value, 0);
    for (std::size_t i = text.size(); i > 3 + (text[0] == '-' ? 1U : 0U); i -= 3) {
        text.insert(i - 3, ",");
    }
    return text;
}

}  // namespace plan
