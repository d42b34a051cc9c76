// SPDX-License-Identifier: MIT
#include <soma/layers/graph.hpp>

using namespace soma;

namespace {

constexpr node learned(std::string_view leaf) {
    node n;
    n.name.leaf = leaf;
    n.work.parameters = 1;
    return n;
}

template <class Graph>
constexpr auto path(const Graph& g, int scope, std::string_view leaf) {
    text<120> result;
    g.append_path(result, scope, leaf);
    return result;
}

}  // namespace

// Nodes are numbered in order and know the scope they stand in.
static_assert([] {
    graph<3, 2> g;
    const int first = g.add(learned("a"));
    const int outer = g.enter("layer1");
    const int second = g.add(learned("a"));
    g.leave(outer);
    const int third = g.add(learned("b"));
    return first == 0 && second == 1 && third == 2 && g.size == 3 && g.at(0).name.scope == -1
           && g.at(1).name.scope == 0 && g.at(2).name.scope == -1 && g.error.what == fault::none;
}());

// Paths are spelled as in a state_dict.
static_assert([] {
    graph<1, 4> g;
    g.enter("layer1");
    g.enter({}, 12);
    const int inner = g.scope;
    g.enter("");
    return path(g, inner, "conv1").view() == "layer1.12.conv1"
           && path(g, inner, {}).view() == "layer1.12" && path(g, -1, "conv1").view() == "conv1"
           && path(g, -1, {}).view().empty();
}());

// The first fault stays, with the path of the place where it happened.
static_assert([] {
    graph<1, 2> g;
    const int outer = g.enter("layer1");
    g.fail(fault::shape, "conv", "8", "4");
    g.leave(outer);
    g.fail(fault::join, "sum", "1", "2");
    return g.error.what == fault::shape && g.error.layer.view() == "layer1.conv"
           && g.error.expected.view() == "8" && g.error.got.view() == "4";
}());

// Beyond capacity nothing is written, and the fault says so.
static_assert([] {
    graph<1, 0> g;
    g.add(learned("a"));
    const int again = g.add(learned("b"));
    return again == 0 && g.size == 1 && g.error.what == fault::capacity
           && g.error.got.view() == "1 nodes";
}());
static_assert([] {
    graph<1, 1> g;
    g.enter("a");
    const int outer = g.enter("b");
    return outer == 0 && g.scope == 0 && g.error.what == fault::capacity
           && g.error.got.view() == "1 scopes";
}());

namespace {

/// Whether a second node with this path is refused after the node `layer1.0.conv`.
consteval bool refused(std::string_view scope, int index, std::string_view leaf) {
    graph<2, 4> g;
    int outer = g.enter("layer1");
    int inner = g.enter({}, 0);
    g.add(learned("conv"));
    g.leave(inner);
    g.leave(outer);
    if (!scope.empty()) {
        outer = g.enter(scope);
    }
    if (index >= 0) {
        inner = g.enter({}, index);
    }
    g.add(learned(leaf));
    return g.error.what == fault::name;
}

}  // namespace

static_assert(refused("layer1", 0, "conv"));
static_assert(refused("layer1.0", -1, "conv"), "dots inside a name make the same path");
static_assert(refused({}, -1, "layer1.0.conv"));
static_assert(!refused("layer1", 1, "conv") && !refused("layer2", 0, "conv"));
static_assert(!refused("layer1", 0, "conv2") && !refused({}, -1, "conv"));
static_assert(!refused("layer10", -1, "conv") && !refused("layer1", -1, "0conv"));

// Layers without learned tensors share names freely.
static_assert([] {
    graph<2, 0> g;
    node n;
    n.name.leaf = "pool";
    g.add(n);
    g.add(n);
    return g.error.what == fault::none;
}());
