// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// One layer lowered by itself: what it adds to a graph, or the fault it reports.

#include <string_view>

#include <soma/layers/layer.hpp>

namespace soma::test {

/// An input of activations of this shape.
constexpr node as_input(extents out) {
    node n;
    n.out = out;
    return n;
}
constexpr node as_input(const node& n) {
    return n;
}

/// An input of `count` token numbers.
constexpr node numbers(int count) {
    node n = as_input(extents{1, count, 1});
    n.numbers = true;
    return n;
}

/// The graph that `Layer` makes of inputs: shapes of activations, or `numbers`.
template <class Layer, class... Inputs>
constexpr auto lower(Inputs... in) {
    graph<static_cast<int>(sizeof...(Inputs)) + Layer::max_nodes, Layer::max_scopes> g;
    ids inputs;
    for (const node& n : {as_input(in)...}) {
        inputs.push_back(g.add(n));
    }
    Layer::lower(g, inputs);
    return g;
}

/// The last node that `Layer` adds after these inputs.
template <class Layer, class... Inputs>
constexpr node last(Inputs... in) {
    const auto g = lower<Layer>(in...);
    return g.at(g.size - 1);
}
template <class Layer>
constexpr node last(extents in) {
    const auto g = lower<Layer>(in);
    return g.at(g.size - 1);
}

/// Whether lowering reports `what` about `layer`, with these two texts.
template <class Layer, class... Inputs>
constexpr bool reports(fault what,
                       std::string_view layer,
                       std::string_view expected,
                       std::string_view got,
                       Inputs... in) {
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
