// SPDX-License-Identifier: MIT
#include <soma/compile/names.hpp>
#include <soma/layers/layer.hpp>

using namespace soma;

namespace {

constexpr auto nested = [] {
    graph<5, 6> g;
    const auto add = [&](std::string_view leaf) {
        node n;
        n.name.leaf = leaf;
        n.norm = {g.scope, leaf.empty() ? "" : "bn"};
        g.add(n);
    };
    add("conv1");
    int outer = g.enter("layer1");
    int inner = g.enter({}, 12);
    add("conv1");
    g.leave(inner);
    inner = g.enter("downsample");
    const int third = g.enter({}, 0);
    add("");
    g.leave(third);
    g.leave(inner);
    g.leave(outer);
    add("conv");
    return g;
}();

constexpr auto pool = pack_names<measure_names(nested)>(nested);

template <class Pool>
constexpr auto spelled(const Pool& names, node_name name) {
    text<80> path;
    names.spell(pack_name(names, name), [&](std::string_view piece) { path.append(piece); });
    return path;
}

}  // namespace

static_assert(spelled(pool, nested.at(0).name).view() == "conv1");
static_assert(spelled(pool, nested.at(1).name).view() == "layer1.12.conv1");
static_assert(spelled(pool, nested.at(1).norm).view() == "layer1.12.bn");
static_assert(spelled(pool, nested.at(2).name).view() == "layer1.downsample.0");
static_assert(spelled(pool, nested.at(3).name).view() == "conv");
static_assert(pool.leaf(pack_name(pool, nested.at(1).name)) == "conv1");

// Equal names are equal numbers; a text inside another one costs nothing.
static_assert([] {
    const packed_name a = pack_name(pool, nested.at(0).name),
                      b = pack_name(pool, nested.at(1).name);
    const packed_name c = pack_name(pool, nested.at(3).name);
    return a.offset == b.offset && a.length == b.length && a.scope != b.scope
           && c.offset == a.offset && c.length == 4;
}());

// Packed names are small and hold no pointer.
static_assert(sizeof(packed_name) <= 6);
static_assert(measure_names(nested).scopes == 4);
