// SPDX-License-Identifier: MIT
#include <soma/layers/activation.hpp>
#include <soma/layers/softmax.hpp>
#include <soma/model/join.hpp>

#include "support/lower.hpp"

using namespace soma;
using layers::concat;
using layers::conv2d;
using layers::from;
using layers::identity;
using layers::parallel;
using layers::relu;
using layers::residual;
using layers::sequential;
using layers::sum;

namespace {

constexpr extents image{4, 8, 8};

template <class Layer>
inline constexpr auto lowered_image = test::lower<Layer>(image);

template <class Layer>
inline constexpr bool tight = lowered_image<Layer>.size - 1 <= Layer::max_nodes
                              && lowered_image<Layer>.scope_count <= Layer::max_scopes
                              && lowered_image<Layer>.error.what == fault::none;

}  // namespace

// Branches read the same input; their outputs come back in order.
static_assert([] {
    using layer = parallel<relu, sequential<relu, relu>, identity>;
    graph<8, 0> g;
    node in;
    in.out = image;
    ids inputs;
    inputs.push_back(g.add(in));
    const ids all = layer::lower(g, inputs);
    return all.count == 3 && all[0] == 1 && all[1] == 3 && all[2] == 0 && g.at(1).inputs[0] == 0
           && g.at(2).inputs[0] == 0 && layer::max_nodes == 3;
}());
static_assert(test::reports<parallel<identity,
                                     identity,
                                     identity,
                                     identity,
                                     identity,
                                     identity,
                                     identity,
                                     identity,
                                     identity>>(
    fault::inputs, "parallel", "at most 8 outputs", "more", image));

// from picks one of several.
static_assert([] {
    const auto g =
        lowered_image<sequential<parallel<relu, layers::softmax>, from<1, layers::tanh>>>;
    return g.at(3).kind == op::activation && g.at(3).inputs[0] == 2;
}());
static_assert(
    test::reports<from<1>>(fault::inputs, "from", "more than 1 inputs", "1 inputs", image));
static_assert(test::lower<from<-1>>(image).error.what == fault::inputs);

// A sum of n terms is n - 1 additions.
static_assert(tight<sum<relu, identity, layers::tanh>>);
static_assert([] {
    const auto g = lowered_image<sum<relu, identity, layers::tanh>>;
    return g.size == 5 && g.at(3).kind == op::add && g.at(3).inputs[0] == 1
           && g.at(3).inputs[1] == 0 && g.at(4).inputs[0] == 3 && g.at(4).inputs[1] == 2
           && g.at(4).work == workload{.vector_ops = 256};
}());
static_assert(lowered_image<sum<identity, identity>>.at(1).inputs[1] == 0, "x + x");
static_assert(lowered_image<sum<relu>>.size == 2, "a sum of one term is that term");
static_assert(
    test::reports<sum<identity, conv2d<"c", 4, 3>>>(fault::join, "sum", "4x8x8", "4x6x6", image));

static_assert(tight<residual<relu>> && lowered_image<residual<relu>>.at(2).inputs[1] == 0);
static_assert(
    test::reports<residual<conv2d<"c", 6, 1>>>(fault::join, "sum", "6x8x8", "4x8x8", image));

// Channels add up; heights and widths agree.
static_assert([] {
    const auto g = lowered_image<concat<conv2d<"a", 3, 1>, identity, conv2d<"b", 5, 1>>>;
    const node& n = g.at(g.size - 1);
    return n.kind == op::concat && n.out == extents{12, 8, 8} && n.inputs.count == 3
           && n.inputs[0] == 1 && n.inputs[1] == 0 && n.inputs[2] == 2;
}());
static_assert(tight<concat<conv2d<"a", 3, 1>, identity>>);
static_assert(test::reports<concat<identity, conv2d<"b", 5, 3>>>(
    fault::join, "concat", "8x8 pixels", "6x6 pixels", image));

// torchvision's downsample: numbers without names of their own.
static_assert([] {
    const auto g = lowered_image<layers::projection<"downsample", 6, 2>>;
    text<120> conv, norm;
    g.append_path(conv, g.at(1).name.scope, g.at(1).name.leaf);
    g.append_path(norm, g.at(2).name.scope, g.at(2).name.leaf);
    return conv.view() == "downsample.0" && norm.view() == "downsample.1"
           && g.at(2).out == extents{6, 4, 4} && g.at(1).win.stride_w == 2;
}());

// Token numbers are no terms.
static_assert(test::reports<sum<identity, identity>>(
    fault::shape, "sum", "activations: embed the tokens first", "token numbers", test::numbers(3)));
static_assert(test::reports<concat<identity>>(fault::shape,
                                              "concat",
                                              "activations: embed the tokens first",
                                              "token numbers",
                                              test::numbers(3)));
