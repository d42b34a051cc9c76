// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The part of compilation that no schedule changes: formats, and where packed parameters lie.

#include <cstddef>

#include <soma/compile/formats.hpp>
#include <soma/compile/lowered.hpp>
#include <soma/compile/memory.hpp>
#include <soma/kernels/pack.hpp>
#include <soma/kernels/winograd_pack.hpp>
#include <soma/policy/winograd.hpp>

namespace soma {

namespace detail {

/// A list of plan nodes with room to spare while it is built, exact once it is kept.
template <int Capacity>
struct plan_list {
    plan_node nodes[static_cast<std::size_t>(Capacity)] = {};
    const custom_kernel* custom[static_cast<std::size_t>(Capacity)] = {};
    int size = 0;
};

template <int Count, int Capacity>
[[nodiscard]] constexpr plan_list<Count> shrink(const plan_list<Capacity>& list) noexcept {
    plan_list<Count> exact;
    for (int i = 0; i < Count; ++i) {
        exact.nodes[i] = list.nodes[i];
        exact.custom[i] = list.custom[i];
    }
    exact.size = Count;
    return exact;
}

/// The geometry that kernels see: where the zeros lie in memory there is no padding left.
[[nodiscard]] constexpr kernels::conv_geometry kernel_geometry(const plan_node& n,
                                                               int halo_h,
                                                               int halo_w,
                                                               int batch) noexcept {
    kernels::conv_geometry g = layer_geometry(n, batch);
    if (n.reads_halo) {
        g.in_h += 2 * halo_h;
        g.in_w += 2 * halo_w;
        g.pad_h = 0;
        g.pad_w = 0;
    }
    return g;
}

/// How a policy that allows every algorithm computes the matmul `n`.
[[nodiscard]] constexpr kernels::algorithm cheapest_algorithm(const plan_node& n) noexcept {
    // An image with a border of zeros in memory has few channels: nothing to gain there.
    const bool filters = !n.reads_halo && n.in == format::f32 && n.out == format::f32;
    return filters ? kernels::cheapest_algorithm(layer_geometry(n, 1)) : kernels::algorithm::direct;
}

[[nodiscard]] constexpr kernels::conv_geometry kernel_geometry(const plan_node* nodes,
                                                               int i,
                                                               int batch) noexcept {
    const plan_node& source = nodes[nodes[i].inputs[0]];
    return kernel_geometry(nodes[i], source.halo_h, source.halo_w, batch);
}

}  // namespace detail

/// Nodes of `Model` under `Precision`, for kernels of `Isa`; what weights are packed for.
template <model_type Model, precision_policy Precision, simd::instruction_set Isa>
struct formatted {
    using precision_type = Precision;
    using compute_type = typename Precision::compute_type;
    static constexpr formats_of_policy policy = formats_of<Precision>;

private:
    static constexpr auto with_room = [] {
        constexpr int fused = lowered<Model>::data.size;
        detail::plan_list<3 * fused> list;
        list.size = passes::assign_formats(lowered<Model>::data, policy, lowered<Model>::names,
                                           list.nodes, list.custom);
        passes::add_halo(list.nodes, list.size);

        // Parameters in execution order: the next node's weights are the next bytes to fetch.
        std::size_t offset = 0;
        for (int i = 0; i < list.size; ++i) {
            plan_node& n = list.nodes[i];
            std::size_t vector_elements = 0;
            if (is_matmul(n.kind)) {
                const auto g = detail::kernel_geometry(list.nodes, i, 1);
                if (allows_winograd<Precision>) {
                    n.algorithm = detail::cheapest_algorithm(n);
                }
                const std::size_t elements = n.algorithm == kernels::algorithm::direct
                                                 ? kernels::packed_elements<Isa, compute_type>(g)
                                                 : kernels::winograd_packed_elements<Isa>(
                                                       g, kernels::winograd_outputs(n.algorithm));
                n.weights_bytes = elements * sizeof(compute_type);
                vector_elements = kernels::packed_bias_elements<Isa>(g);
            } else if (n.kind == op::embedding) {
                n.weights_bytes = static_cast<std::size_t>(n.table_rows)
                                  * static_cast<std::size_t>(n.out_pitch) * size_of(policy.storage);
            } else if (n.kind == op::batch_norm || n.kind == op::layer_norm) {
                vector_elements = 2 * round_up(static_cast<std::size_t>(n.out_pitch), 16);
            }
            for (int k = 0; k < n.custom_count; ++k) {
                vector_elements += round_up(static_cast<std::size_t>(n.custom_elements[k]), 16);
            }
            n.weights_offset = offset;
            offset = round_up(offset + n.weights_bytes, passes::buffer_alignment);
            n.vectors_offset = offset;
            n.vectors_bytes = vector_elements * sizeof(float);
            offset = round_up(offset + n.vectors_bytes, passes::buffer_alignment);
        }
        return list;
    }();

public:
    static constexpr int size = with_room.size;
    static constexpr auto list = detail::shrink<size>(with_room);

    /// Bytes of all packed parameters.
    static constexpr std::size_t packed_bytes =
        round_up(list.nodes[size - 1].vectors_offset + list.nodes[size - 1].vectors_bytes,
                 passes::buffer_alignment);
};

}  // namespace soma
