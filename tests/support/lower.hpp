// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// One layer lowered by itself: what it adds to a graph, or the fault it reports.

#include <string_view>

#include <soma/layers/layer.hpp>

namespace soma::test {

/// The graph that `Layer` makes of inputs of the given shapes.
template <class Layer, class... Extents>
consteval auto lower(Extents... in) {
    graph<static_cast<int>(sizeof...(Extents)) + Layer::max_nodes, Layer::max_scopes> g;
    ids inputs;
    for (const extents& e : {in...}) {
        node n;
        n.out = e;
        inputs.push_back(g.add(n));
    }
    Layer::lower(g, inputs);
    return g;
}

/// The last node that `Layer` adds after one input.
template <class Layer>
consteval node last(extents in) {
    const auto g = lower<Layer>(in);
    return g.at(g.size - 1);
}

/// Whether lowering reports `what` about `layer`, with these two texts.
template <class Layer, class... Extents>
consteval bool reports(fault what,
                       std::string_view layer,
                       std::string_view expected,
                       std::string_view got,
                       Extents... in) {
    const diagnostic d = lower<Layer>(in...).error;
    return d.what == what && d.layer.view() == layer && d.expected.view() == expected
           && d.got.view() == got;
}

/// Whether lowering one input is sound and ends in the shape `out`.
template <class Layer>
consteval bool gives(extents in, extents out) {
    const auto g = lower<Layer>(in);
    return g.error.what == fault::none && g.at(g.size - 1).out == out;
}

}  // namespace soma::test
