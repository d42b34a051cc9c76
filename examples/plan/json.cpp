// SPDX-License-Identifier: MIT

/// \file
/// A study for programs.

#include <nlohmann/json.hpp>

#include <soma/hardware/figure_list.hpp>

#include "report.hpp"

namespace plan {

namespace {

using json = nlohmann::ordered_json;

json json_of(const soma::deployment& how) {
    return {{"batch", how.batch}, {"pipeline_cores", how.pipeline_cores}, {"copies", how.copies}};
}

json json_of(const double (&stalled)[soma::stall_count]) {
    json parts;
    for (int k = 0; k < soma::stall_count; ++k) {
        parts[std::string(name(static_cast<soma::stall>(k)))] = stalled[k] * 1e3;
    }
    return parts;
}

json json_of(const study& s, const configuration& c) {
    const soma::prediction& p = c.expected;
    json row = json_of(c.how);
    row["state"] = p.fits() ? std::string(name(p.weights)) : "fail";
    row["most_copies"] = c.most_copies;
    if (!p.fits()) {
        row["problem"] = state_of(c).substr(6);
        row["needed"] = p.needed;
        row["available"] = p.available;
        return row;
    }
    row["workers"] = p.how.workers;
    row["stages"] = p.stage_count;
    row["predicted_latency_ms"] = p.latency_ms;
    row["predicted_unloaded_ms"] = p.unloaded_ms;
    row["predicted_throughput"] = p.throughput;
    row["predicted_in_flight"] = p.in_flight;
    row["predicted_dollars_per_million"] =
        p.dollars_per_million > 0 ? json(p.dollars_per_million) : json();
    row["placed_flops"] = p.placed_flops;
    row["core_bytes_needed"] = c.needed_bytes;
    row["core_bytes_available"] = c.available_bytes;
    row["device_bytes"] = p.device_bytes;
    row["bottleneck"] = name(p.bottleneck);
    row["on_front"] = c.on_front;
    row["chosen"] = s.chosen.found && c.how == s.chosen.how;
    return row;
}

json placement_of(const study& s) {
    json host = json::array();
    for (std::size_t i = 0; i < s.places.size(); ++i) {
        if (s.places[i].on_host) {
            host.push_back({{"node", i},
                            {"operator", name(s.model.operations[i].kind)},
                            {"reason", name(s.places[i].why)}});
        }
    }
    return {{"core_nodes", s.placement.core_nodes},
            {"host_nodes", s.placement.host_nodes},
            {"subgraphs", s.placement.subgraphs},
            {"placed_operators", s.placement.placed_operators()},
            {"placed_flops", s.placement.placed_flops()},
            {"flops", s.placement.flops_total},
            {"host", std::move(host)}};
}

json chosen_of(const study& s) {
    if (!s.chosen.found) {
        return {};
    }
    json chosen = json_of(s.chosen.how);
    chosen["type"] = spelled(s.asked, s.chosen.how);
    chosen["predicted_latency_ms"] = s.chosen.expected.latency_ms;
    chosen["predicted_throughput"] = s.chosen.expected.throughput;
    chosen["predicted_host_ms"] = s.chosen.expected.host_ms;
    json stages = json::array();
    for (int i = 0; i < s.stages.count; ++i) {
        const soma::stage_prediction& stage = s.stages.at[i];
        stages.push_back({{"first_node", stage.first},
                          {"end_node", stage.last},
                          {"state", name(stage.weights)},
                          {"predicted_ms", stage.seconds * 1e3},
                          {"predicted_stalls_ms", json_of(stage.stalled)},
                          {"weight_bytes", stage.weight_bytes},
                          {"streamed_bytes", stage.streamed_bytes},
                          {"live_bytes", stage.live_bytes},
                          {"buffer_bytes", stage.buffer_bytes},
                          {"spilled_bytes", stage.spilled_bytes},
                          {"transferred_bytes", stage.transferred_bytes}});
    }
    json nodes = json::array();
    for (const node_row& n : s.nodes) {
        nodes.push_back({{"node", n.number},
                         {"operator", name(n.kind)},
                         {"stage", n.waits.stage < 0 ? json() : json(n.waits.stage)},
                         {"flops", n.flops},
                         {"weight_bytes", n.weight_bytes},
                         {"predicted_ms", n.waits.seconds * 1e3},
                         {"predicted_stalls_ms", json_of(n.waits.stalled)},
                         {"cause", name(n.waits.cause())}});
    }
    chosen["stages"] = std::move(stages);
    chosen["nodes"] = std::move(nodes);
    return chosen;
}

template <class Hardware>
void add_figures(json& list, std::string_view of, const Hardware& hardware) {
    soma::each_figure(hardware,
                      [&](std::string_view what, std::string_view unit, const soma::figure& f) {
                          list.push_back({{"of", of},
                                          {"figure", what},
                                          {"value", f.value},
                                          {"unit", unit},
                                          {"known", name(f.known)},
                                          {"source", f.source}});
                      });
}

}  // namespace

std::string json_of(const study& s) {
    const soma::instance& where = *s.asked.where;
    json sweep = json::array(), front = json::array(), hardware = json::array();
    for (const configuration& c : s.all) {
        sweep.push_back(json_of(s, c));
    }
    for (const std::size_t i : s.front) {
        front.push_back(i);
    }
    add_figures(hardware, where.chip.core.name, where.chip.core);
    add_figures(hardware, where.chip.name, where.chip);
    add_figures(hardware, where.name, where);
    const json all{{"model", s.asked.network.name},
                   {"instance", where.name},
                   {"precision", s.asked.precision->name},
                   {"latency_budget_ms", s.asked.latency_ms ? json(*s.asked.latency_ms) : json()},
                   {"static_weights", s.asked.static_weights},
                   {"chips", where.chips},
                   {"cores", where.cores()},
                   {"placement", placement_of(s)},
                   {"chosen", chosen_of(s)},
                   {"failure", s.chosen.found ? json() : json(failure_of(s))},
                   {"pareto_front", std::move(front)},
                   {"sweep", std::move(sweep)},
                   {"hardware", std::move(hardware)},
                   {"calibration",
                    {{"tensor_efficiency", soma::calibrated.tensor_efficiency},
                     {"vector_passes", soma::calibrated.vector_passes},
                     {"call_seconds", soma::calibrated.call_seconds},
                     {"host_bytes_per_second", soma::calibrated.host_bytes_per_second}}}};
    return all.dump(2).append("\n");
}

}  // namespace plan
