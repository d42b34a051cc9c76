// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Where the operators of a program run: its model, precision and placement policies on an
/// instance's cores. What a policy forbids does not compile.

#include <cstddef>
#include <string_view>
#include <type_traits>

#include <soma/base/diagnostic.hpp>
#include <soma/base/text.hpp>
#include <soma/compile/core_graph.hpp>
#include <soma/compile/layer_path.hpp>
#include <soma/compile/placement.hpp>
#include <soma/hardware/instance.hpp>
#include <soma/layers/fault.hpp>
#include <soma/policy/placement.hpp>

namespace soma {

namespace detail {

/// Whether `path` names node `n`: by its own name, by that of a normalisation that was folded into
/// it, or by a scope of either.
template <class Names>
[[nodiscard]] constexpr bool is_named(const Names& names, const node& n, std::string_view path) {
    return lies_in(layer_path(names, n.name).view(), path)
           || (n.normalised && lies_in(layer_path(names, n.norm).view(), path));
}

/// The operators of one program and their places.
template <int Size>
struct place_list {
    operation_place at[static_cast<std::size_t>(Size)] = {};
    placement_summary summary;
    int unknown_path = -1;  ///< the first path that names no node, -1 for none
};

template <class Model, class Precision, class Schedule>
[[nodiscard]] constexpr auto place_model(const neuron_core& core) {
    using graph = core_graph<Model, Precision>;
    place_list<graph::size> list;
    bool host[static_cast<std::size_t>(graph::size)] = {};
    for (int p = 0; p < host_path_count<Schedule>; ++p) {
        bool found = false;
        for (int i = 0; i < graph::size; ++i) {
            const node& n = lowered<Model>::data.nodes[i];
            if (!is_edge(n.kind) && is_named(lowered<Model>::names, n, host_path<Schedule>(p))) {
                found = host[i] = true;
            }
        }
        if (!found && list.unknown_path < 0) {
            list.unknown_path = p;
        }
    }
    list.summary = place(graph::list, core, {min_segment_of<Schedule>, host}, list.at);
    return list;
}

/// The first operator that is refused for itself, rather than for its neighbours, as a sentence.
template <class Model, class Precision, int Size>
[[nodiscard]] constexpr diagnostic first_on_host(const place_list<Size>& list,
                                                 std::string_view core) {
    diagnostic d;
    for (int i = 0; i < Size && d.layer.size == 0; ++i) {
        if (list.at[i].on_host && list.at[i].why != refusal::small_segment) {
            const node& n = lowered<Model>::data.nodes[i];
            d.layer.append(layer_path(lowered<Model>::names, n.name).view());
            d.layer.append(d.layer.size > 0 ? ": " : "").append(name(n.kind));
            d.expected.append("all operators on ").append(core);
            d.got.append(name(placed_format(core_graph<Model, Precision>::list[i])));
            d.got.append(" on the host: ").append(name(list.at[i].why));
        }
    }
    return d;
}

template <const diagnostic& Diagnostic, bool Refused>
consteval auto host_reason() {
    if constexpr (!Refused) {
        return std::type_identity<no_fault>{};
    } else {
        return std::type_identity<
            operator_on_host<decltype(spell<layer, Diagnostic, &diagnostic::layer>()),
                             decltype(spell<expected, Diagnostic, &diagnostic::expected>()),
                             decltype(spell<got, Diagnostic, &diagnostic::got>())>>{};
    }
}

template <class Schedule, int Unknown>
consteval auto path_reason() {
    if constexpr (Unknown < 0) {
        return std::type_identity<no_fault>{};
    } else {
        constexpr std::size_t size = host_path<Schedule>(Unknown).size();
        return std::type_identity<wrong_schedule<
            policy<Schedule>, expected<fixed_string{"the name of a layer or of a scope"}>,
            got<exactly<size>(host_path<Schedule>(Unknown))>>>{};
    }
}

}  // namespace detail

/// Places the operators of `Model` as `Schedule` asks on the cores of `Where`.
///
/// One line of error names the first operator on the host where `require_all_on_core` forbids it,
/// and a path of `on_host` that the model does not have.
template <model_type Model,
          precision_policy Precision,
          schedule_policy Schedule,
          const instance& Where>
struct placed {
private:
    static constexpr auto list = detail::place_model<Model, Precision, Schedule>(Where.chip.core);
    static constexpr diagnostic on_host =
        detail::first_on_host<Model, Precision>(list, Where.chip.core.name);
    static constexpr bool refused = wants_all_on_core<Schedule> && list.summary.host_nodes > 0;

    static_assert(
        sizeof(require<typename decltype(detail::path_reason<Schedule, list.unknown_path>())::type>)
        > 0);
    static_assert(sizeof(require<typename decltype(detail::host_reason<on_host, refused>())::type>)
                  > 0);

public:
    static constexpr int size = core_graph<Model, Precision>::size;
    /// Of each node, in execution order: an argument of `predict`.
    static constexpr const operation_place (&places)[static_cast<std::size_t>(size)] = list.at;
    static constexpr placement_summary summary = list.summary;
};

}  // namespace soma
