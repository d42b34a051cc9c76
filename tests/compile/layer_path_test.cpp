// SPDX-License-Identifier: MIT
#include <soma/compile/layer_path.hpp>
#include <soma/layers/layer.hpp>

using namespace soma;

namespace {

/// `conv1`, `layer1.12.conv1`, a node without a name in `layer1`, one outside of all scopes.
constexpr auto nested = [] {
    graph<5, 6> g;
    const auto add = [&](std::string_view leaf) {
        node n;
        n.name = {g.scope, leaf};
        g.add(n);
    };
    add("conv1");
    const int outer = g.enter("layer1");
    const int inner = g.enter({}, 12);
    add("conv1");
    g.leave(inner);
    add("");
    g.leave(outer);
    add("");
    return g;
}();
constexpr auto pool = pack_names<measure_names(nested)>(nested);

constexpr bool path_is(int node, std::string_view expected) {
    return layer_path(pool, nested.at(node).name).view() == expected;
}

}  // namespace

static_assert(path_is(0, "conv1"));
static_assert(path_is(1, "layer1.12.conv1"));
static_assert(path_is(2, "layer1"), "a node without a name has its scope's");
static_assert(path_is(3, ""));

static_assert(lies_in("layer1.0.conv1", "layer1.0.conv1"));
static_assert(lies_in("layer1.0.conv1", "layer1.0") && lies_in("layer1.0.conv1", "layer1"));
static_assert(!lies_in("layer1.0.conv1", "layer1.0.conv"), "whole names only");
static_assert(!lies_in("layer10", "layer1") && !lies_in("layer1", "layer1.0")
              && !lies_in("layer1.0.conv1", "conv1"));
static_assert(!lies_in("", "layer1") && !lies_in("layer1", "") && !lies_in("", ""));
