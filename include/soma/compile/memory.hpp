// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The pass that plans memory: a fixed offset for every activation, as few bytes as liveness
/// allows.

#include <cstddef>

#include <soma/base/math.hpp>
#include <soma/compile/plan_node.hpp>

namespace soma {

/// Bytes that live from the step that writes them to the last step that reads them.
struct buffer {
    std::size_t bytes = 0;
    int last_use = 0;  ///< the step of the last reader; the writer's own step if there is none
    std::size_t offset = 0;  ///< where the plan puts it
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
    int longest = 0;
    for (int i = 0; i < Count; ++i) {
        order[i] = i;
        buffers[i].bytes = round_up(buffers[i].bytes, buffer_alignment);
        if (buffers[i].last_use - i > longest) {
            longest = buffers[i].last_use - i;
        }
    }
    detail::sort_by_size(buffers, order, Count);

    std::size_t peak = 0;
    for (const int i : order) {
        if (buffers[i].bytes == 0) {
            continue;
        }
        int near = 0;
        for (int j = i - longest < 0 ? 0 : i - longest; j <= buffers[i].last_use && j < Count;
             ++j) {
            if (!placed[j] || buffers[j].last_use < i) {
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
            const std::size_t end = other.offset + other.bytes;
            offset = end > offset ? end : offset;
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
           && added.arena_bytes == n.arena_bytes && added.out_pitch == n.out_pitch;
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
    std::size_t freed[static_cast<std::size_t>(Count) + 1] = {};
    std::size_t live = 0, most = 0;
    for (int i = 0; i < Count; ++i) {
        live -= i > 0 ? freed[i - 1] : 0;
        const std::size_t bytes = round_up(buffers[i].bytes, buffer_alignment);
        live += bytes;
        freed[buffers[i].last_use < i ? i : buffers[i].last_use] += bytes;
        most = live > most ? live : most;
    }
    return most;
}

/// What the activations of a program need together, and what no plan can go below.
struct activation_plan {
    std::size_t bytes = 0, least_bytes = 0;
};

/// Gives each node's result, of `arena_bytes`, its place: the last pass of the memory plan.
template <int Count>
constexpr activation_plan place_activations(plan_node* nodes) noexcept {
    buffer buffers[static_cast<std::size_t>(Count)] = {};
    for (int i = 0; i < Count; ++i) {
        buffers[i] = {nodes[i].arena_bytes, i, 0};
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
    activation_plan plan{.least_bytes = most_live_bytes<Count>(buffers)};
    plan.bytes = place_buffers<Count>(buffers);
    for (int i = 0; i < Count; ++i) {
        nodes[i].arena_offset = buffers[owner[i]].offset;
    }
    return plan;
}

}  // namespace passes

}  // namespace soma
