// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Which operators of a model a core runs, and why not the others: a table before any weights
/// exist.

#include <cstddef>
#include <string_view>

#include <soma/compile/core_graph.hpp>
#include <soma/compile/layer_path.hpp>
#include <soma/compile/placement.hpp>
#include <soma/hardware/instance.hpp>
#include <soma/policy/precision.hpp>

namespace soma {

/// What is known of one node, for one sample.
struct analysed_operator {
    op kind = op::identity;
    path_text name;
    format computed = format::f32;  ///< of a product's operands, else of the result
    long long macs = 0;
    long long flops = 0;
    std::size_t weight_bytes = 0;  ///< tables included
    std::size_t output_bytes = 0;
    operation_place place;
};

/// The nodes of a model in execution order, and their placement in numbers.
template <int Size>
struct analysis {
    std::string_view core;  ///< `NeuronCore-v1`
    analysed_operator operators[static_cast<std::size_t>(Size)] = {};
    placement_summary summary;

    static constexpr int size = Size;

    [[nodiscard]] constexpr const analysed_operator* begin() const noexcept { return operators; }
    [[nodiscard]] constexpr const analysed_operator* end() const noexcept {
        return operators + Size;
    }
};

/// The operator table of `Model` under `Precision` on `core`.
///
/// ```cpp
/// constexpr auto table = soma::analyze<resnet50, soma::fp32>(soma::neuron_core_v1);
/// static_assert(table.summary.placed_flops() == 0);  // that core multiplies no FP32
/// ```
template <model_type Model, precision_policy Precision = fp32>
[[nodiscard]] constexpr auto analyze(const neuron_core& core,
                                     const placement_options& options = {}) noexcept {
    using graph = core_graph<Model, Precision>;
    analysis<graph::size> result;
    result.core = core.name;
    operation_place places[static_cast<std::size_t>(graph::size)] = {};
    result.summary = place(graph::list, core, options, places);
    for (int i = 0; i < graph::size; ++i) {
        const operation& o = graph::list[i];
        analysed_operator& row = result.operators[i];
        row.kind = o.kind;
        row.name = layer_path(lowered<Model>::names, lowered<Model>::data.nodes[i].name);
        row.computed = placed_format(o);
        for (const matrix_product& p : o.products) {
            row.macs += p.macs();
        }
        row.flops = o.flops;
        row.weight_bytes = o.weight_bytes + o.table_bytes;
        row.output_bytes = o.output_bytes;
        row.place = places[i];
    }
    return result;
}

/// On the cores of `where`.
template <model_type Model, precision_policy Precision = fp32>
[[nodiscard]] constexpr auto analyze(const instance& where,
                                     const placement_options& options = {}) noexcept {
    return analyze<Model, Precision>(where.chip.core, options);
}

}  // namespace soma
