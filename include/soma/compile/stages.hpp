// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The pass that turns the operations of one copy into stages: a core, its weights and its time.

#include <cstddef>
#include <cstdint>

#include <soma/compile/partition.hpp>
#include <soma/compile/placement.hpp>
#include <soma/hardware/instance.hpp>
#include <soma/hardware/node_cost.hpp>
#include <soma/hardware/prediction.hpp>
#include <soma/hardware/stage_sum.hpp>

namespace soma {

/// The stages of one copy in order.
struct stage_list {
    stage_prediction at[static_cast<std::size_t>(max_stages)] = {};
    int count = 0;
};

namespace detail {

/// What the cores of a deployment have each.
struct core_share {
    const neuron_core* core = nullptr;
    double memory_bytes_per_second = 0;  ///< of the chip's memory, while its other cores are busy
    double link_bytes_per_second = 0;    ///< from the core before it
    core_memory memory{};
};

/// Cores are taken in order: a chip is full before the next one is used.
[[nodiscard]] constexpr int busy_cores(const chip& on, const deployment& how) noexcept {
    return how.cores() < on.cores ? how.cores() : on.cores;
}

[[nodiscard]] constexpr core_share share_of(const chip& on, const deployment& how) noexcept {
    core_share share;
    share.core = &on.core;
    const double even = on.memory_bytes_per_second / busy_cores(on, how);
    const double most = on.core.dma_bytes_per_second;
    share.memory_bytes_per_second = even < most ? even : most;
    // A DMA engine hands tensors over; from chip to chip the link may be slower.
    const double link = on.link_bytes_per_second;
    const bool leaves_chip = how.pipeline_cores > on.cores && link > 0;
    share.link_bytes_per_second = leaves_chip && link < most ? link : most;
    share.memory = {static_cast<std::size_t>(on.core.memory_bytes.value), how.static_weights};
    return share;
}

/// Bytes of one sample that a stage receives which begins at operation `first`: results of earlier
/// operations that it or a later one reads. Every stage passes on what it does not read itself.
[[nodiscard]] constexpr std::size_t crossing_bytes(const operation_list& graph,
                                                   int first) noexcept {
    std::size_t bytes = 0;
    for (int i = 0; i < first; ++i) {
        bytes += graph[i].last_use >= first ? graph[i].output_bytes : 0;
    }
    return bytes;
}

}  // namespace detail

/// The operations that cores run, as links of a chain.
template <int Capacity>
struct core_chain {
    chain_link links[static_cast<std::size_t>(Capacity)] = {};
    node_cost costs[static_cast<std::size_t>(Capacity)] = {};  ///< of which each link was made
    std::int16_t operation[static_cast<std::size_t>(Capacity)] = {};  ///< of each link
    int count = 0;

    /// The links [first, last) on one core.
    [[nodiscard]] constexpr stage_sum sum(int first, int last) const noexcept {
        stage_sum total(links[first]);
        for (int i = first + 1; i < last; ++i) {
            total.add(links[i]);
        }
        return total;
    }
};

/// The chain of `graph` for batches of `how`; `places` says what is on the host.
template <int Capacity>
[[nodiscard]] constexpr core_chain<Capacity> chain_of(const operation_list& graph,
                                                      const operation_place* places,
                                                      const detail::core_share& share,
                                                      const deployment& how,
                                                      const calibration& c) noexcept {
    core_chain<Capacity> chain;
    const auto batch = static_cast<std::size_t>(how.batch);
    // `crossing` is `crossing_bytes(graph, i)`, kept up to date: graphs are long.
    std::size_t crossing = 0, ended[static_cast<std::size_t>(Capacity)] = {};
    for (int i = 0; i < graph.size; ++i) {
        const operation& o = graph[i];
        if (i > 0) {
            const operation& before = graph[i - 1];
            ended[before.last_use] += before.output_bytes;
            crossing += before.output_bytes;
            crossing -= ended[i - 1];
        }
        if (places[i].on_host || is_edge(o.kind)) {
            continue;
        }
        const node_cost cost = cost_of(o, how.batch, *share.core, share.memory_bytes_per_second, c);
        chain.costs[chain.count] = cost;
        chain_link& link = chain.links[chain.count];
        link.cached_seconds = cost.cached();
        link.streamed_seconds = cost.streamed();
        link.weight_bytes = o.weight_bytes;
        link.live_bytes = batch * o.live_bytes;
        if (how.pipeline_cores > 1 && chain.count > 0) {
            link.cut_seconds = static_cast<double>(batch * crossing) / share.link_bytes_per_second;
        }
        chain.operation[chain.count++] = static_cast<std::int16_t>(i);
    }
    return chain;
}

/// What the stage of links [first, last) does.
template <int Capacity>
[[nodiscard]] constexpr stage_prediction predict_stage(const operation_list& graph,
                                                       const core_chain<Capacity>& chain,
                                                       int first,
                                                       int last,
                                                       const detail::core_share& share,
                                                       int batch) noexcept {
    const stage_sum sum = chain.sum(first, last);
    stage_prediction stage;
    stage.first = chain.operation[first];
    stage.last = chain.operation[last - 1] + 1;
    stage.seconds = sum.seconds(share.memory);
    stage.weight_bytes = sum.weight_bytes;
    stage.live_bytes = sum.live_bytes;
    stage.buffer_bytes = sum.buffer_bytes(share.memory);
    stage.streamed_bytes = sum.streamed_bytes(share.memory);
    stage.weights = stage.streamed_bytes == 0 ? weight_state::cached : weight_state::streamed;
    if (first > 0) {
        stage.transferred_bytes =
            static_cast<std::size_t>(batch) * detail::crossing_bytes(graph, stage.first);
    }
    for (int i = first; i < last; ++i) {
        const operation& o = graph[chain.operation[i]];
        stage.spilled_bytes += spilled_bytes(o, batch, *share.core);
        add_stalls(chain.costs[i], stage.stalled);
    }
    stage.stalled[static_cast<int>(stall::transfer)] = sum.cut_seconds;
    stage.stalled[static_cast<int>(stall::weights)] =
        stage.seconds - sum.cached_seconds - sum.cut_seconds;
    return stage;
}

}  // namespace soma
