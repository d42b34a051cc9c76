// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The pass that predicts: what a program would do on an instance.
///
/// A copy's operations are partitioned into stages, a core each; the cores of a chip share its
/// memory's bandwidth. A call takes the host's time and then that of every stage. Workers keep
/// calls in flight, which gives throughput; latency follows from it by Little's law.

#include <cstddef>
#include <limits>

#include <soma/compile/partition.hpp>
#include <soma/compile/placement.hpp>
#include <soma/compile/stages.hpp>
#include <soma/hardware/closed_loop.hpp>
#include <soma/hardware/formulas.hpp>
#include <soma/hardware/instance.hpp>
#include <soma/hardware/prediction.hpp>

namespace soma {

/// Most operations of a graph whose size the type does not say.
inline constexpr int max_predicted_operations = 1024;

namespace detail {

/// Seconds of host time that each call takes, and bytes that device memory has to hold for it.
struct host_share {
    double seconds = 0;
    double edge_bytes = 0;  ///< inputs and outputs of a call
};

[[nodiscard]] constexpr host_share host_share_of(const operation_list& graph,
                                                 const operation_place* places,
                                                 const placement_summary& placed,
                                                 const instance& where,
                                                 int batch,
                                                 const calibration& c) noexcept {
    host_share share;
    share.edge_bytes = static_cast<double>(graph.input_bytes + graph.output_bytes) * batch;
    double moved = share.edge_bytes, flops = 0;
    for (int i = 0; i < graph.size; ++i) {
        const operation& o = graph[i];
        flops += places[i].on_host ? static_cast<double>(o.flops) * batch : 0;
        for (int k = 0; k < o.input_count && !is_edge(o.kind); ++k) {
            const int from = o.inputs[k];
            // What one side makes and the other reads crosses between host and device.
            if (!is_edge(graph[from].kind) && places[from].on_host != places[i].on_host) {
                moved += static_cast<double>(graph[from].output_bytes) * batch;
            }
        }
    }
    // Subgraphs run one after the other, each with a call of its own.
    const int calls = placed.core_subgraphs > 1 ? placed.core_subgraphs : 1;
    share.seconds = calls * c.call_seconds + moved / c.host_bytes_per_second
                    + flops / where.host_flops_per_second;
    return share;
}

constexpr prediction& refuse(prediction& p,
                             misfit why,
                             long long needed,
                             long long available) noexcept {
    p.problem = why;
    p.needed = needed;
    p.available = available;
    p.weights = weight_state::does_not_fit;
    // No budget holds for what cannot run.
    p.latency_ms = p.unloaded_ms = std::numeric_limits<double>::infinity();
    return p;
}

/// The stage that keeps weights from staying on chip when stages are as even as they can be.
template <int Capacity>
constexpr void name_large_stage(prediction& p,
                                const core_chain<Capacity>& chain,
                                const core_memory& memory) noexcept {
    const core_memory lenient{memory.bytes, false};
    const cuts even = partition<Capacity>(chain.links, chain.count, p.how.pipeline_cores, lenient);
    for (int s = 0; s < even.count; ++s) {
        const stage_sum sum = chain.sum(even.first[s], even.first[s + 1]);
        if (!sum.cached(memory)) {
            p.problem_stage = s;
            p.problem_operation = chain.operation[even.first[s]];
            const std::size_t needed = sum.weight_bytes + sum.live_bytes;
            refuse(p, misfit::static_weights, static_cast<long long>(needed),
                   static_cast<long long>(memory.bytes));
            return;
        }
    }
}

/// The stages of a copy: as fast as can be, unless others that keep all weights on chip are nearly
/// as fast. Those leave the chip's memory to the caller's tensors.
template <int Capacity>
[[nodiscard]] constexpr cuts stages_of_copy(const core_chain<Capacity>& chain,
                                            int cores,
                                            const core_memory& memory) noexcept {
    constexpr double nearly = 1.05;
    const cuts fastest = partition<Capacity>(chain.links, chain.count, cores, memory);
    bool streams = false;
    for (int s = 0; s < fastest.count; ++s) {
        streams = streams || !chain.sum(fastest.first[s], fastest.first[s + 1]).cached(memory);
    }
    if (cores == 1 || !streams) {
        return fastest;
    }
    const cuts cached = partition<Capacity>(chain.links, chain.count, cores, {memory.bytes, true});
    return cached.found && cached.bottleneck <= nearly * fastest.bottleneck ? cached : fastest;
}

}  // namespace detail

/// Predicts `graph` on `where` as `how` says.
///
/// \tparam Capacity most operations of the graph
/// \param  places   where each operation runs; `place` makes them
/// \param  stages   filled in unless null
template <int Capacity = max_predicted_operations>
[[nodiscard]] constexpr prediction predict(const operation_list& graph,
                                           const operation_place* places,
                                           const placement_summary& placed,
                                           const instance& where,
                                           const deployment& how,
                                           const calibration& c = calibrated,
                                           stage_list* stages = nullptr) noexcept {
    const chip& chip = where.chip;
    prediction p;
    p.how = how;
    p.how.workers = how.workers > 0 ? how.workers : default_workers(how.pipeline_cores);
    p.core_nodes = placed.core_nodes;
    p.host_nodes = placed.host_nodes;
    p.subgraphs = placed.subgraphs;
    p.placed_flops = placed.placed_flops();
    if (how.cores() > where.cores()) {
        return detail::refuse(p, misfit::cores, how.cores(), where.cores());
    }
    const int most_stages = placed.core_nodes < max_stages ? placed.core_nodes : max_stages;
    if (how.pipeline_cores > 1 && how.pipeline_cores > most_stages) {
        return detail::refuse(p, misfit::stages, how.pipeline_cores, most_stages);
    }

    const detail::core_share share = detail::share_of(chip, how);
    const auto chain = chain_of<Capacity>(graph, places, share, how, c);
    const detail::host_share host =
        detail::host_share_of(graph, places, placed, where, how.batch, c);

    double loaded = 0;
    for (int i = 0; i < graph.size; ++i) {
        loaded += places[i].on_host
                      ? 0.0
                      : static_cast<double>(graph[i].weight_bytes + graph[i].table_bytes);
    }
    loaded += host.edge_bytes * p.how.workers;
    const double copies_on_chip =
        static_cast<double>(detail::busy_cores(chip, how)) / how.pipeline_cores;
    p.device_bytes = static_cast<std::size_t>(loaded * copies_on_chip);
    if (loaded * copies_on_chip > chip.memory_bytes) {
        return detail::refuse(p, misfit::device_memory, static_cast<long long>(p.device_bytes),
                              static_cast<long long>(chip.memory_bytes.value));
    }

    closed_loop loop{p.how.workers, how.copies, where.vcpus, host.seconds, 0, 0};
    double spent[stall_count] = {};          // by a call that is alone
    double spent_slowest[stall_count] = {};  // by the slowest stage
    if (chain.count > 0) {
        const cuts cut = detail::stages_of_copy(chain, how.pipeline_cores, share.memory);
        if (!cut.found) {
            detail::name_large_stage(p, chain, share.memory);
            return p;
        }
        p.stage_count = cut.count;
        p.weights = weight_state::cached;
        for (int s = 0; s < cut.count; ++s) {
            const stage_prediction stage =
                predict_stage(graph, chain, cut.first[s], cut.first[s + 1], share, how.batch);
            const bool slower = stage.seconds > loop.slowest_seconds;
            for (int k = 0; k < stall_count; ++k) {
                spent[k] += stage.stalled[k];
                spent_slowest[k] = slower ? stage.stalled[k] : spent_slowest[k];
            }
            loop.device_seconds += stage.seconds;
            loop.slowest_seconds = slower ? stage.seconds : loop.slowest_seconds;
            p.weights = stage.weights < p.weights ? stage.weights : p.weights;
            if (stages != nullptr) {
                stages->at[s] = stage;
                stages->count = s + 1;
            }
        }
    }
    spent[static_cast<int>(stall::host)] = host.seconds;

    const loop_rate rate = rate_of(loop);
    p.bottleneck = rate.bound == loop_bound::processors ? stall::host
                   : rate.bound == loop_bound::stage    ? largest_stall(spent_slowest)
                                                        : largest_stall(spent);
    p.throughput = rate.calls_per_second * how.batch * how.copies;
    p.in_flight = p.how.workers * how.copies;
    p.latency_ms = 1e3 * p.how.workers / rate.calls_per_second;
    p.unloaded_ms = 1e3 * (loop.host_seconds + loop.device_seconds);
    p.host_ms = 1e3 * host.seconds;
    p.dollars_per_million = cost_per_million(p.throughput, where.price_per_hour);
    return p;
}

/// The same with placement by default: whatever a core supports runs on it.
template <int Capacity = max_predicted_operations>
[[nodiscard]] constexpr prediction predict(const operation_list& graph,
                                           const instance& where,
                                           const deployment& how,
                                           const calibration& c = calibrated,
                                           stage_list* stages = nullptr) noexcept {
    operation_place places[static_cast<std::size_t>(Capacity)] = {};
    const placement_summary placed = place(graph, where.chip.core, placement_options{}, places);
    return predict<Capacity>(graph, places, placed, where, how, c, stages);
}

}  // namespace soma
