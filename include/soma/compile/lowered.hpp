// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The part of compilation that no policy changes: lower, fold, fuse, name.

#include <cstddef>
#include <cstdint>

#include <soma/compile/fuse.hpp>
#include <soma/compile/names.hpp>
#include <soma/layers/fault.hpp>
#include <soma/model/model.hpp>

namespace soma {

namespace detail {

/// Exactly `Count` nodes: what is left of a graph when its builder is taken away.
template <int Count>
struct node_list {
    node nodes[static_cast<std::size_t>(Count)] = {};
    static constexpr int size = Count;

    [[nodiscard]] constexpr const node& at(int i) const noexcept { return nodes[i]; }
};

/// A member template so that a faulty model never gets as far as the passes.
template <class Model>
struct fused_graph : require_sound<Model::error> {
    static constexpr auto value = [] {
        auto g = Model::raw;
        passes::fuse(g);
        return g;
    }();
};

}  // namespace detail

/// The fused graph of `Model`, evaluated once and shared by every precision and schedule.
///
/// Used in constant evaluation only, so nothing of it reaches an object file but `names`.
template <model_type Model>
struct lowered {
    static constexpr const auto& graph = detail::fused_graph<Model>::value;

    static constexpr auto data = [] {
        detail::node_list<graph.size> list;
        for (int i = 0; i < graph.size; ++i) {
            list.nodes[i] = graph.at(i);
        }
        return list;
    }();

    /// Scopes and leaf names in one pool without pointers.
    static constexpr auto names = pack_names<measure_names(graph)>(graph);
};

}  // namespace soma
