// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The pass that plans memory: a fixed offset for every activation, as few bytes as liveness
/// allows.

#include <cstddef>

#include <soma/base/math.hpp>
#include <soma/compile/node_part.hpp>
#include <soma/compile/plan_node.hpp>

namespace soma {

/// Bytes that live from the step that writes them to the last step that reads them.
struct buffer {
    std::size_t bytes = 0;
    int last_use = 0;  ///< the step of the last reader; the writer's own step if there is none
    std::size_t offset = 0;  ///< where the plan puts it
    int before = 0;          ///< how many steps before the writer's the life begins
};

namespace passes {

/// Every buffer starts on a cache line and is padded to one.
inline constexpr std::size_t buffer_alignment = 64;

namespace detail {

/// Orders `index` by falling size; a heap keeps it within constexpr limits at a thousand nodes.
constexpr void sort_by_size(const buffer* buffers, int* index, int count) noexcept {
    const auto before = [&](int a, int b) {  // larger first, earlier first among equals
        return buffers[a].bytes != buffers[b].bytes ? buffers[a].bytes > buffers[b].bytes : a < b;
    };
    const auto sift = [&](int root, int end) {
        for (int child = 2 * root + 1; child < end; child = 2 * root + 1) {
            if (child + 1 < end && before(index[child], index[child + 1])) {
                ++child;
            }
            if (!before(index[root], index[child])) {
                return;
            }
            const int moved = index[root];
            index[root] = index[child];
            index[child] = moved;
            root = child;
        }
    };
    for (int root = count / 2 - 1; root >= 0; --root) {
        sift(root, count);
    }
    for (int end = count - 1; end > 0; --end) {
        const int moved = index[0];
        index[0] = index[end];
        index[end] = moved;
        sift(0, end);
    }
}

}  // namespace detail

/// Gives every buffer an offset and returns the bytes that all of them need together.
///
/// Buffer i is written at step i. Largest first, each at the lowest offset that is free for its
/// whole life. Only buffers written within the longest life of any are looked at: the search stays
/// linear in the length of a network.
template <int Count>
constexpr std::size_t place_buffers(buffer (&buffers)[static_cast<std::size_t>(Count)]) noexcept {
    int order[static_cast<std::size_t>(Count)] = {};
    bool placed[static_cast<std::size_t>(Count)] = {};
    int neighbours[static_cast<std::size_t>(Count)] = {};
    int longest = 0, longest_before = 0;
    for (int i = 0; i < Count; ++i) {
        order[i] = i;
        buffers[i].bytes = round_up(buffers[i].bytes, buffer_alignment);
        if (buffers[i].last_use - i > longest) {
            longest = buffers[i].last_use - i;
        }
        if (buffers[i].before > longest_before) {
            longest_before = buffers[i].before;
        }
    }
    detail::sort_by_size(buffers, order, Count);

    std::size_t peak = 0;
    for (const int i : order) {
        if (buffers[i].bytes == 0) {
            continue;
        }
        int near = 0;
        const int begin = i - buffers[i].before, end = buffers[i].last_use;
        for (int j = begin - longest < 0 ? 0 : begin - longest;
             j <= end + longest_before && j < Count; ++j) {
            if (!placed[j] || buffers[j].last_use < begin || j - buffers[j].before > end) {
                continue;
            }
            int at = near++;
            for (; at > 0 && buffers[neighbours[at - 1]].offset > buffers[j].offset; --at) {
                neighbours[at] = neighbours[at - 1];
            }
            neighbours[at] = j;
        }
        std::size_t offset = 0;
        for (int k = 0; k < near; ++k) {
            const buffer& other = buffers[neighbours[k]];
            if (other.offset >= offset + buffers[i].bytes) {
                break;
            }
            const std::size_t behind = other.offset + other.bytes;
            offset = behind > offset ? behind : offset;
        }
        buffers[i].offset = offset;
        placed[i] = true;
        if (offset + buffers[i].bytes > peak) {
            peak = offset + buffers[i].bytes;
        }
    }
    return peak;
}

/// Whether node `i` can write its sums over the residual that it adds: nobody reads that later, and
/// the node does not read it through windows, too.
///
/// A tile loads its part of the residual before it stores there. Lines that are about to be written
/// are then in the cache already, and the plan is a tensor smaller.
[[nodiscard]] constexpr bool adds_in_place(const plan_node* nodes,
                                           const buffer* buffers,
                                           int i) noexcept {
    const plan_node& n = nodes[i];
    if (n.residual < 0 || !is_matmul(n.kind) || n.residual == n.inputs[0]) {
        return false;
    }
    const plan_node& added = nodes[n.residual];
    return buffers[n.residual].last_use == i && added.out == n.out
           && added.arena_bytes == n.arena_bytes && added.sample_step == n.sample_step
           && added.out_pitch == n.out_pitch;
}

/// Makes buffer `joined`, which is written later, a part of the life of `owner`.
constexpr void join_buffers(buffer* buffers, int owner, int joined) noexcept {
    if (buffers[joined].last_use > buffers[owner].last_use) {
        buffers[owner].last_use = buffers[joined].last_use;
    }
    buffers[joined].bytes = 0;
}

/// What no plan can go below: the most bytes that are alive in one step.
template <int Count>
[[nodiscard]] constexpr std::size_t most_live_bytes(
    const buffer (&buffers)[static_cast<std::size_t>(Count)]) noexcept {
    std::size_t begun[static_cast<std::size_t>(Count)] = {};
    std::size_t freed[static_cast<std::size_t>(Count)] = {};
    for (int i = 0; i < Count; ++i) {
        const std::size_t bytes = round_up(buffers[i].bytes, buffer_alignment);
        begun[i - buffers[i].before] += bytes;
        freed[buffers[i].last_use < i ? i : buffers[i].last_use] += bytes;
    }
    std::size_t live = 0, most = 0;
    for (int i = 0; i < Count; ++i) {
        live += begun[i];
        most = live > most ? live : most;
        live -= freed[i];
    }
    return most;
}

/// Sizes the results of all nodes: of what one step alone uses, the samples of a group, of
/// everything else the batch.
template <int Count>
constexpr void size_results(plan_node* nodes,
                            const pass_step* steps,
                            int step_count,
                            int batch) noexcept {
    int last_use[static_cast<std::size_t>(Count)] = {};
    for (int i = 0; i < Count; ++i) {
        for (int k = 0; k < nodes[i].input_count; ++k) {
            last_use[nodes[i].inputs[k]] = i;
        }
    }
    for (int s = 0; s < step_count; ++s) {
        for (int i = steps[s].first; i < steps[s].last; ++i) {
            plan_node& n = nodes[i];
            const bool reused = steps[s].samples < batch && last_use[i] < steps[s].last;
            const auto samples = static_cast<std::size_t>(reused ? steps[s].samples : batch);
            // The output node writes to the caller's tensor.
            n.arena_bytes =
                n.kind == op::output ? 0 : round_up(samples * stored_bytes(n), buffer_alignment);
            n.sample_step = reused ? 0 : stored_bytes(n);
        }
    }
}

/// Lets what holds a whole batch live from the first node of the step that writes it to the last
/// node of the last one that reads it, where these steps take several groups.
constexpr void hold_for_all_groups(buffer* buffers,
                                   const plan_node* nodes,
                                   const pass_step* steps,
                                   int count,
                                   int batch) noexcept {
    for (int s = 0, written = 0; s < count; ++s) {
        for (; written < steps[s].last; ++written) {
            buffer& b = buffers[written];
            if (b.bytes == 0 || nodes[written].sample_step == 0) {
                continue;
            }
            b.before = steps[s].samples < batch ? written - steps[s].first : 0;
            int reader = s;
            while (steps[reader].last <= b.last_use) {
                ++reader;
            }
            b.last_use = steps[reader].samples < batch ? steps[reader].last - 1 : b.last_use;
        }
    }
}

/// What the activations of a program need together, and what no plan can go below.
struct activation_plan {
    std::size_t bytes = 0, least_bytes = 0;
};

/// Gives each node's result, of `arena_bytes`, its place: the last pass of the memory plan. Without
/// steps, all nodes take the whole batch.
template <int Count>
constexpr activation_plan place_activations(plan_node* nodes,
                                            const pass_step* steps = nullptr,
                                            int step_count = 0,
                                            int batch = 1) noexcept {
    buffer buffers[static_cast<std::size_t>(Count)] = {};
    for (int i = 0; i < Count; ++i) {
        buffers[i] = {nodes[i].arena_bytes, i};
        for (int k = 0; k < nodes[i].input_count; ++k) {
            buffers[nodes[i].inputs[k]].last_use = i;
        }
    }
    int owner[static_cast<std::size_t>(Count)] = {};
    for (int i = 0; i < Count; ++i) {
        const bool in_place = adds_in_place(nodes, buffers, i);
        owner[i] = in_place ? owner[nodes[i].residual] : i;
        if (in_place) {
            join_buffers(buffers, owner[i], i);
        }
    }
    hold_for_all_groups(buffers, nodes, steps, step_count, batch);
    activation_plan plan{.least_bytes = most_live_bytes<Count>(buffers)};
    plan.bytes = place_buffers<Count>(buffers);
    for (int i = 0; i < Count; ++i) {
        nodes[i].arena_offset = buffers[owner[i]].offset;
    }
    return plan;
}

}  // namespace passes

}  // namespace soma
