// SPDX-License-Identifier: MIT
#include <soma/layers/activation.hpp>
#include <soma/layers/conv2d.hpp>
#include <soma/model/sequential.hpp>

#include "support/lower.hpp"

using namespace soma;
using layers::conv2d;
using layers::item;
using layers::repeat;
using layers::scope;
using layers::sequential;

namespace {

using block = sequential<conv2d<"conv", 4, 3, padding<1>>, layers::relu>;

template <class Layer>
consteval bool named(int i, std::string_view path) {
    const auto g = test::lower<Layer>(extents{4, 8, 8});
    text<120> spelled;
    g.append_path(spelled, g.at(i).name.scope, g.at(i).name.leaf);
    return g.error.what == fault::none && spelled.view() == path;
}
template <class Layer>
consteval int size() {
    return test::lower<Layer>(extents{4, 8, 8}).size - 1;
}
template <class Layer>
inline constexpr bool tight =
    size<Layer>() == Layer::max_nodes
    && test::lower<Layer>(extents{4, 8, 8}).scope_count == Layer::max_scopes;

}  // namespace

static_assert(layer_type<sequential<>> && size<sequential<>>() == 0);
static_assert(tight<block> && block::max_nodes == 2 && block::max_scopes == 0);

// Each layer reads what the one before it returns.
static_assert([] {
    const auto g = test::lower<sequential<block, layers::relu>>(extents{4, 8, 8});
    return g.at(1).inputs[0] == 0 && g.at(2).inputs[0] == 1 && g.at(3).inputs[0] == 2;
}());

static_assert(tight<scope<"layer1", block, layers::relu>>);
static_assert(named<scope<"layer1", block>>(1, "layer1.conv"));
static_assert(named<scope<"a", scope<"b", item<7, block>>>>(1, "a.b.7.conv"));
static_assert(named<sequential<scope<"a", layers::relu>, block>>(2, "conv"),
              "scopes are left again");

static_assert(tight<repeat<3, block>> && repeat<3, block>::max_nodes == 6);
static_assert(named<repeat<3, block>>(1, "0.conv") && named<repeat<3, block>>(5, "2.conv"));
static_assert(named<repeat<2, block, 5>>(3, "6.conv"));
static_assert(tight<scope<"layer1", repeat<2, repeat<2, block>>>>);
static_assert(named<scope<"layer1", repeat<2, repeat<2, block>>>>(7, "layer1.1.1.conv"));

static_assert(test::reports<repeat<0, block>>(
    fault::argument, "repeat", "at least 1 copy", "0", extents{4, 8, 8}));
static_assert(test::reports<repeat<-2, block>>(
    fault::argument, "repeat", "at least 1 copy", "-2", extents{4, 8, 8}));

// More layers than a fold expression may have operands.
namespace {
template <class>
struct many;
template <std::size_t... I>
struct many<std::index_sequence<I...>> {
    template <std::size_t>
    using relu = layers::relu;
    using type = sequential<relu<I>...>;
};
}  // namespace
static_assert(size<many<std::make_index_sequence<300>>::type>() == 300);
