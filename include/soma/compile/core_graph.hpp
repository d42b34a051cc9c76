// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The pass that says what each node asks of a NeuronCore: operations for the cost model.
///
/// Nothing here depends on kernels, instruction sets or weights. Engines convert formats while they
/// read and write, so a cast is no operation; one operation stands for each fused node.

#include <cstddef>
#include <cstdint>

#include <soma/compile/formats.hpp>
#include <soma/compile/lowered.hpp>
#include <soma/hardware/operation.hpp>
#include <soma/layers/node.hpp>

namespace soma {

namespace passes {

namespace detail {

constexpr void count_matmul(const node& n, const extents& in, operation& o) noexcept {
    const int taps = n.win.kernel_h * n.win.kernel_w;
    o.products[0] = {.count = n.groups,
                     .rows = n.out.h * n.out.w,
                     .depth = in.c / n.groups,
                     .taps = taps,
                     .columns = n.out.c / n.groups};
    // Sums leave the accumulators once; a residual is read on the way.
    o.vector_elements = n.out.elements() * (n.residual >= 0 ? 2 : 1);
}

/// softmax(Q K^T) V: scores leave the accumulators, are scaled by their row's maximum and sum, and
/// are the moving side of the second product.
constexpr void count_attention(const node& n, const extents& in, operation& o) noexcept {
    const int tokens = in.h * in.w, width = in.c / n.heads;
    const long long scores = 1LL * n.heads * tokens * tokens;
    o.products[0] = {
        .count = n.heads, .rows = tokens, .depth = width, .columns = tokens, .learned = false};
    o.products[1] = {
        .count = n.heads, .rows = tokens, .depth = tokens, .columns = width, .learned = false};
    o.vector_elements = 3 * scores + n.out.elements();
    o.scalar_elements = scores;
}

/// Elements that the engines read: one operation for each.
constexpr void count_elementwise(const node& n, const extents& in, operation& o) noexcept {
    const long long elements = n.out.elements();
    switch (n.kind) {
        case op::batch_norm: o.vector_elements = elements; break;
        case op::add: o.vector_elements = 2 * elements; break;
        case op::max_pool:
        case op::average_pool:
            // Along rows first, then along columns.
            o.vector_elements = elements * (n.win.kernel_h + n.win.kernel_w);
            break;
        case op::global_average_pool: o.vector_elements = in.elements(); break;
        case op::softmax:
        case op::log_softmax:
        case op::layer_norm:
            o.vector_elements = 2 * elements;
            o.scalar_elements = elements;
            break;
        case op::embedding: o.vector_elements = elements; break;
        case op::custom: o.vector_elements = n.work.vector_ops; break;
        default: break;
    }
}

}  // namespace detail

/// What node `n`, which reads `in`, asks for one sample.
[[nodiscard]] constexpr operation operation_of(const node& n,
                                               const extents& in,
                                               const formats_of_policy& policy) noexcept {
    operation o;
    o.kind = n.kind;
    o.stored = policy.storage;
    o.compute = is_matmul(n.kind) || n.kind == op::attention ? policy.compute : policy.storage;
    o.flops = n.work.flops();
    o.output_bytes = static_cast<std::size_t>(n.out.elements()) * size_of(o.stored);
    if (is_matmul(n.kind)) {
        detail::count_matmul(n, in, o);
    } else if (n.kind == op::attention) {
        detail::count_attention(n, in, o);
    } else {
        detail::count_elementwise(n, in, o);
    }
    if (n.act != kernels::activation::none) {
        // What needs no function the vector engine applies while it moves sums out of the
        // accumulators.
        const bool plain = kernels::is_register_activation(n.act);
        long long& elements = plain ? o.vector_elements : o.scalar_elements;
        elements += plain && n.kind != op::activation ? 0 : n.out.elements();
    }
    const auto parameters = static_cast<std::size_t>(n.work.parameters);
    if (n.kind == op::embedding) {
        o.table_bytes = parameters * size_of(policy.storage);
        o.gathered_bytes = o.output_bytes;
    } else {
        o.weight_bytes = parameters * size_of(o.compute);
    }
    return o;
}

/// Fills in how long each result lives and what is alive beside it.
///
/// A sum is written over the term that it is the last to read, an elementwise result over its
/// input.
constexpr void measure_lives(operation* all, int count) noexcept {
    for (int i = 0; i < count; ++i) {
        all[i].last_use = i;
        for (int k = 0; k < all[i].input_count; ++k) {
            all[all[i].inputs[k]].last_use = i;
        }
    }
    std::size_t live = 0;
    for (int i = 0; i < count; ++i) {
        operation& o = all[i];
        const bool elementwise = !is_matmul(o.kind) && o.kind != op::attention
                                 && o.kind != op::max_pool && o.kind != op::average_pool;
        std::size_t ends = 0;
        bool over_input = false;
        for (int k = 0; k < o.input_count; ++k) {
            const operation& input = all[o.inputs[k]];
            bool again = false;
            for (int earlier = 0; earlier < k; ++earlier) {
                again = again || o.inputs[earlier] == o.inputs[k];
            }
            if (input.last_use != i || again) {
                continue;
            }
            ends += input.output_bytes;
            // The first input of a matmul is read through windows, or by every column.
            over_input =
                over_input || ((elementwise || k > 0) && input.output_bytes == o.output_bytes);
        }
        o.live_bytes = live + (over_input ? 0 : o.output_bytes);
        live += o.output_bytes - ends;
        live -= o.last_use == i ? o.output_bytes : 0;
    }
}

/// Writes the operations of `count` fused nodes to `all`, which has room for as many.
constexpr void build_operations(const node* nodes,
                                int count,
                                const formats_of_policy& policy,
                                operation* all) noexcept {
    for (int i = 0; i < count; ++i) {
        const node& n = nodes[i];
        const extents in = n.inputs.count > 0 ? nodes[n.inputs[0]].out : n.out;
        all[i] = operation_of(n, in, policy);
        all[i].input_count = n.inputs.count;
        for (int k = 0; k < n.inputs.count; ++k) {
            all[i].inputs[k] = static_cast<std::int16_t>(n.inputs[k]);
        }
    }
    measure_lives(all, count);
}

/// Bytes of one sample in the caller's tensors: models that were converted as a whole take and
/// return their own format, casting ones FP32.
[[nodiscard]] constexpr std::size_t edge_bytes(const extents& e, format f) noexcept {
    return static_cast<std::size_t>(e.elements()) * size_of(f);
}

}  // namespace passes

/// Operations of `Model` under `Precision`.
template <model_type Model, precision_policy Precision>
struct core_graph {
    static constexpr int size = lowered<Model>::graph.size;

private:
    struct storage {
        operation at[static_cast<std::size_t>(size)] = {};
    };

public:
    static constexpr storage operations = [] {
        storage s;
        passes::build_operations(lowered<Model>::data.nodes, size, formats_of<Precision>, s.at);
        return s;
    }();
    static constexpr operation_list list{
        operations.at, size, passes::edge_bytes(Model::input_extents, formats_of<Precision>.result),
        passes::edge_bytes(Model::output_extents, formats_of<Precision>.result)};
};

}  // namespace soma
