// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The pass that cuts a program's nodes into the stages of a pipeline on this processor.
///
/// The partition is that of NeuronCores, the costs are those of a host core: the nominal one of
/// compile/split.hpp, whose second-level cache holds `on_core_bytes`. Like a NeuronCore's memory it
/// holds a stage's activations first and its weights as far as there is room; what is left over is
/// streamed, at `bytes_per_ns`. What crosses a cut is copied twice, into a slot between the stages
/// and out of it. See docs/decisions/0015-pipelines.md.

#include <cstddef>
#include <cstdint>

#include <soma/compile/partition.hpp>
#include <soma/compile/plan_node.hpp>
#include <soma/compile/split.hpp>
#include <soma/hardware/prediction.hpp>
#include <soma/hardware/stage_sum.hpp>

namespace soma {

/// The nodes that one thread of a pipeline runs; bytes are those of a whole batch.
struct host_stage {
    std::int16_t first = 0, last = 0;  ///< nodes [first, last)
    double ns = 0;                     ///< of a batch, on the nominal core
    std::size_t weight_bytes = 0;
    std::size_t streamed_bytes = 0;  ///< of the weights, what does not stay in the core's cache
    std::size_t received_bytes = 0;  ///< what earlier nodes leave for these and later ones
    std::size_t arena_bytes = 0;     ///< its activations lie below
};

/// The stages of a copy in order.
struct host_stage_list {
    host_stage at[static_cast<std::size_t>(max_stages)] = {};
    int count = 0;
};

namespace passes {

/// Second-level cache of the nominal core; inferred: server cores since 2022 have 1 to 2 MiB.
inline constexpr std::size_t on_core_bytes = std::size_t{2} << 20;

/// Whether a node from `cut` on reads the result of node `i`, which lies before it.
[[nodiscard]] constexpr bool crosses(const plan_node* nodes, int count, int i, int cut) noexcept {
    for (int reader = cut; reader < count; ++reader) {
        for (int k = 0; k < nodes[reader].input_count; ++k) {
            if (nodes[reader].inputs[k] == i) {
                return true;
            }
        }
    }
    return false;
}

namespace detail {

/// Nodes as links of a chain, with what a cut before each of them moves.
template <int Count>
struct host_chain {
    chain_link links[static_cast<std::size_t>(Count)] = {};
    std::size_t received[static_cast<std::size_t>(Count)] = {};
    int last_use[static_cast<std::size_t>(Count)] = {};
};

template <simd::instruction_set Isa, numeric_format T, int Count>
[[nodiscard]] constexpr host_chain<Count> chain_on_host(const plan_node* nodes,
                                                        int batch) noexcept {
    // A chunk is never shorter than the grain: of a node that is not cut, all.
    constexpr int whole = 1'000'000'000;
    host_chain<Count> chain;
    for (int i = 0; i < Count; ++i) {
        chain.last_use[i] = i;
        for (int k = 0; k < nodes[i].input_count; ++k) {
            chain.last_use[nodes[i].inputs[k]] = i;
        }
    }
    std::size_t crossing = 0, freed[static_cast<std::size_t>(Count)] = {};
    for (int i = 0; i < Count; ++i) {
        const plan_node& n = nodes[i];
        chain_link& link = chain.links[i];
        chain.received[i] = crossing;
        link.cut_seconds = 1e-9 * 2 * static_cast<double>(crossing) / bytes_per_ns;
        link.live_bytes = crossing + n.arena_bytes;
        link.weight_bytes = n.weights_bytes + n.vectors_bytes;
        // The estimate of a matmul has its weights come from behind the cache.
        const double read = 1e-9 * static_cast<double>(n.weights_bytes) / bytes_per_ns;
        if (is_matmul(n.kind)) {
            link.streamed_seconds = 1e-9 * matmul_split<Isa, T>(n, 1, whole).ns;
            link.cached_seconds = link.streamed_seconds - read;
        } else {
            link.cached_seconds = 1e-9 * plain_split<Isa>(n, batch, 1, whole).ns;
            link.streamed_seconds = link.cached_seconds + read;
        }
        crossing += n.arena_bytes;
        freed[chain.last_use[i]] += n.arena_bytes;
        crossing -= freed[i];
    }
    return chain;
}

}  // namespace detail

/// At most `stages` stages of the `Count` nodes of a program, whose slowest is as fast as it can
/// be; fewer where more gain nothing.
template <simd::instruction_set Isa, numeric_format T, int Count>
[[nodiscard]] constexpr host_stage_list host_stages(const plan_node* nodes,
                                                    int batch,
                                                    int stages) noexcept {
    host_stage_list list;
    if (stages == 1) {
        list.at[list.count++].last = static_cast<std::int16_t>(Count);
        return list;
    }
    const core_memory memory{.bytes = on_core_bytes};
    const auto chain = detail::chain_on_host<Isa, T, Count>(nodes, batch);
    const cuts found = partition<Count>(chain.links, Count, stages, memory);
    for (; list.count < found.count; ++list.count) {
        host_stage& stage = list.at[list.count];
        stage.first = found.first[list.count];
        stage.last = found.first[list.count + 1];
        stage.received_bytes = chain.received[stage.first];
        stage_sum sum(chain.links[stage.first]);
        for (int i = stage.first + 1; i < stage.last; ++i) {
            sum.add(chain.links[i]);
        }
        stage.ns = 1e9 * sum.seconds(memory);
        stage.weight_bytes = sum.weight_bytes;
        stage.streamed_bytes = sum.streamed_bytes(memory);
        for (int i = 0; i < stage.last; ++i) {
            const std::size_t end = nodes[i].arena_offset + nodes[i].arena_bytes;
            if (chain.last_use[i] >= stage.first && end > stage.arena_bytes) {
                stage.arena_bytes = end;
            }
        }
    }
    return list;
}

}  // namespace passes

}  // namespace soma
