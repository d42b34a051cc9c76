// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The pass that predicts: what a program would do on an instance.
///
/// A copy's operations are partitioned into stages, a core each. The cores of a chip share its
/// memory bandwidth. A call takes the host's time and then that of every stage; `workers` calls are
/// in flight, so a copy's throughput is that of its slowest stage or, with few workers, that of its
/// calls one after the other; latency follows from calls in flight (Little's law).

#include <cstddef>
#include <cstdint>

#include <soma/compile/partition.hpp>
#include <soma/compile/placement.hpp>
#include <soma/hardware/instance.hpp>
#include <soma/hardware/node_cost.hpp>
#include <soma/hardware/prediction.hpp>
#include <soma/hardware/stage_sum.hpp>

namespace soma {

/// Most operations that a prediction takes.
inline constexpr int max_predicted_operations = 2048;

namespace detail {

/// A core's part of its chip's memory bandwidth while `active` cores of the chip are busy.
[[nodiscard]] constexpr double bandwidth_share(const chip& on, int active) noexcept {
    const double share = on.memory_bytes_per_second / active;
    const double most = on.core.dma_bytes_per_second;
    return share < most ? share : most;
}

/// The operations that cores run, as links of a chain, and the costs they were made of.
template <int Capacity>
struct core_chain {
    chain_link links[static_cast<std::size_t>(Capacity)] = {};
    std::int16_t operation_of[static_cast<std::size_t>(Capacity)] = {};
    int count = 0;
};

/// Bytes of one sample that a stage beginning at operation `first` receives: results that are made
/// before it and read by it or later. Each is passed on from stage to stage.
[[nodiscard]] constexpr std::size_t crossing_bytes(const operation_list& graph,
                                                   int first) noexcept {
    std::size_t bytes = 0;
    for (int i = 0; i < first; ++i) {
        bytes += graph[i].last_use >= first ? graph[i].output_bytes : 0;
    }
    return bytes;
}

}  // namespace detail

/// The stages of one copy and what bounds them.
struct stage_list {
    stage_prediction at[static_cast<std::size_t>(max_stages)] = {};
    int count = 0;
};

/// Predicts `graph` on `where` as `how` says.
///
/// \tparam Capacity most operations of the graph; constant evaluation is dearer with more
/// \param  places   where each operation runs; `place` makes them
/// \param  stages   filled in unless null
template <int Capacity = max_predicted_operations>
[[nodiscard]] constexpr prediction predict(const operation_list& graph,
                                           const operation_place* places,
                                           const placement_summary& placed,
                                           const instance& where,
                                           deployment how,
                                           const calibration& c = calibrated,
                                           stage_list* stages = nullptr) noexcept {
    prediction p;
    how.workers = how.workers > 0 ? how.workers : default_workers(how.pipeline_cores);
    p.how = how;
    p.core_nodes = placed.core_nodes;
    p.host_nodes = placed.host_nodes;
    p.subgraphs = placed.subgraphs;
    p.placed_flops = placed.flops_total > 0 ? static_cast<double>(placed.flops_on_core)
                                                  / static_cast<double>(placed.flops_total)
                                            : 1.0;
    const auto refuse = [&p](misfit why, long long needed, long long available) {
        p.problem = why;
        p.needed = needed;
        p.available = available;
        p.weights = weight_state::does_not_fit;
        return p;
    };
    if (how.cores() > where.cores()) {
        return refuse(misfit::cores, how.cores(), where.cores());
    }
    if (how.pipeline_cores > max_stages || how.pipeline_cores > placed.core_nodes) {
        return refuse(misfit::stages, how.pipeline_cores,
                      placed.core_nodes < max_stages ? placed.core_nodes : max_stages);
    }

    // Cores are taken in order: the first chip is full before the second is used.
    const chip& chip = where.chip;
    const int active = how.cores() < chip.cores ? how.cores() : chip.cores;
    const double bandwidth = detail::bandwidth_share(chip, active);
    const core_memory memory{static_cast<std::size_t>(chip.core.memory_bytes.value),
                             how.static_weights};

    detail::core_chain<Capacity> chain;
    std::size_t weight_bytes = 0, table_bytes = 0, most_live = 0;
    double host_operators = 0, boundary_bytes = 0;
    for (int i = 0; i < graph.size; ++i) {
        const operation& o = graph[i];
        if (places[i].on_host) {
            host_operators +=
                static_cast<double>(o.flops) * how.batch / where.host_flops_per_second;
        }
        // A result that is made on one side and read on the other crosses the bus.
        for (int k = 0; k < o.input_count; ++k) {
            const int from = o.inputs[k];
            if (places[from].on_host != places[i].on_host) {
                boundary_bytes += static_cast<double>(graph[from].output_bytes) * how.batch;
            }
        }
        if (places[i].on_host || o.kind == op::input || o.kind == op::output) {
            continue;
        }
        const node_cost cost = cost_of(o, how.batch, chip.core, bandwidth, c);
        chain_link& link = chain.links[chain.count];
        link.cached_seconds = cost.cached();
        link.streamed_seconds = cost.streamed();
        link.weight_bytes = o.weight_bytes;
        link.live_bytes = static_cast<std::size_t>(how.batch) * o.live_bytes;
        if (how.pipeline_cores > 1 && chain.count > 0) {
            const double link_rate =
                chip.link_bytes_per_second > 0 ? double{chip.link_bytes_per_second} : bandwidth;
            link.cut_seconds =
                static_cast<double>(detail::crossing_bytes(graph, i)) * how.batch / link_rate;
        }
        chain.operation_of[chain.count++] = static_cast<std::int16_t>(i);
        weight_bytes += o.weight_bytes;
        table_bytes += o.table_bytes;
        most_live = link.live_bytes > most_live ? link.live_bytes : most_live;
    }

    // Device memory: weights of every copy, tables, and what calls in flight hand over.
    const auto copies_on_chip = static_cast<double>(active) / how.pipeline_cores;
    const double edges = static_cast<double>(graph.input_bytes + graph.output_bytes) * how.batch;
    p.device_bytes = static_cast<std::size_t>(
        copies_on_chip
        * (static_cast<double>(weight_bytes + table_bytes + most_live) + edges * how.workers));
    if (static_cast<double>(p.device_bytes) > chip.memory_bytes) {
        return refuse(misfit::device_memory, static_cast<long long>(p.device_bytes),
                      static_cast<long long>(chip.memory_bytes.value));
    }

    double slowest = 0, all_stages = 0;
    double spent[stall_count] = {};          // of a call by itself
    double spent_slowest[stall_count] = {};  // of the slowest stage
    if (chain.count > 0) {
        const cuts cut = partition<Capacity>(chain.links, chain.count, how.pipeline_cores, memory);
        if (!cut.found) {
            // Name the first stage that an even partition cannot keep on chip.
            const core_memory lenient{memory.bytes, false};
            const cuts even =
                partition<Capacity>(chain.links, chain.count, how.pipeline_cores, lenient);
            for (int s = 0; s < even.count; ++s) {
                stage_sum sum(chain.links[even.first[s]]);
                for (int l = even.first[s] + 1; l < even.first[s + 1]; ++l) {
                    sum.add(chain.links[l]);
                }
                if (!sum.cached(memory)) {
                    p.problem_stage = s;
                    return refuse(misfit::static_weights,
                                  static_cast<long long>(sum.weight_bytes + sum.live_bytes),
                                  static_cast<long long>(memory.bytes));
                }
            }
        }
        p.stage_count = cut.count;
        p.weights = weight_state::cached;
        for (int s = 0; s < cut.count; ++s) {
            stage_sum sum(chain.links[cut.first[s]]);
            for (int l = cut.first[s] + 1; l < cut.first[s + 1]; ++l) {
                sum.add(chain.links[l]);
            }
            stage_prediction stage;
            stage.first = chain.operation_of[cut.first[s]];
            stage.last = chain.operation_of[cut.first[s + 1] - 1] + 1;
            stage.weight_bytes = sum.weight_bytes;
            stage.live_bytes = sum.live_bytes;
            stage.buffer_bytes = sum.buffer_bytes(memory);
            stage.streamed_bytes = sum.streamed_bytes(memory);
            stage.weights =
                stage.streamed_bytes == 0 ? weight_state::cached : weight_state::streamed;
            stage.seconds = sum.seconds(memory);
            for (int l = cut.first[s]; l < cut.first[s + 1]; ++l) {
                const operation& o = graph[chain.operation_of[l]];
                const node_cost cost = cost_of(o, how.batch, chip.core, bandwidth, c);
                stage.stalled[static_cast<int>(stall::compute)] += cost.tensor;
                stage.stalled[static_cast<int>(cost.cached_stall())] += cost.cached() - cost.tensor;
                stage.spilled_bytes += spilled_bytes(o, how.batch, chip.core);
            }
            stage.stalled[static_cast<int>(stall::transfer)] = sum.cut_seconds;
            stage.stalled[static_cast<int>(stall::weights)] =
                stage.seconds - sum.cached_seconds - sum.cut_seconds;
            if (s > 0) {
                stage.transferred_bytes = static_cast<std::size_t>(how.batch)
                                          * detail::crossing_bytes(graph, stage.first);
            }
            all_stages += stage.seconds;
            for (int k = 0; k < stall_count; ++k) {
                spent[k] += stage.stalled[k];
                if (stage.seconds > slowest) {
                    spent_slowest[k] = stage.stalled[k];
                }
            }
            slowest = stage.seconds > slowest ? stage.seconds : slowest;
            p.weights =
                stage.weights == weight_state::streamed ? weight_state::streamed : p.weights;
            if (stages != nullptr) {
                stages->at[s] = stage;
            }
        }
        if (stages != nullptr) {
            stages->count = cut.count;
        }
    }

    const int calls = placed.subgraphs > 1 ? placed.subgraphs : 1;
    const double host = c.call_seconds * calls + (edges + boundary_bytes) / c.host_bytes_per_second
                        + host_operators;
    const double call = host + all_stages;
    spent[static_cast<int>(stall::host)] = host;

    // Calls per second of one copy: one for each time the slowest stage is free, no more than the
    // workers have in flight, no more than the host's processors can serve.
    double rate = how.workers / call;
    const double* spent_by_bound = spent;
    if (slowest > 0 && 1 / slowest < rate) {
        rate = 1 / slowest;
        spent_by_bound = spent_slowest;
    }
    const double host_rate = where.vcpus / (host * how.copies);
    if (host_rate < rate) {
        rate = host_rate;
        spent_by_bound = nullptr;
    }
    p.bottleneck = stall::host;
    for (int k = 0, most = 0; spent_by_bound != nullptr && k < stall_count; ++k) {
        most = spent_by_bound[k] > spent_by_bound[most] ? k : most;
        p.bottleneck = static_cast<stall>(most);
    }

    p.throughput = rate * how.batch * how.copies;
    p.latency_ms = how.workers / rate * 1e3;
    p.unloaded_ms = call * 1e3;
    p.host_ms = host * 1e3;
    p.in_flight = p.throughput * p.latency_ms / 1e3 / how.batch;
    p.dollars_per_million = where.price_per_hour * 1e6 / (3600 * p.throughput);
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
