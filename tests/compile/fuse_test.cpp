// SPDX-License-Identifier: MIT
#include <initializer_list>

#include <soma/compile/fuse.hpp>
#include <soma/layers/activation.hpp>
#include <soma/layers/embedding.hpp>
#include <soma/layers/layer_norm.hpp>
#include <soma/layers/linear.hpp>
#include <soma/layers/pool.hpp>
#include <soma/layers/softmax.hpp>
#include <soma/model/join.hpp>
#include <soma/model/model.hpp>

using namespace soma;
using kernels::activation;
using layers::average_pool;
using layers::batch_norm;
using layers::concat;
using layers::conv2d;
using layers::flatten;
using layers::from;
using layers::identity;
using layers::linear;
using layers::parallel;
using layers::relu;
using layers::residual;
using layers::sequential;
using layers::sigmoid;
using layers::sum;

namespace {

/// What is expected of a node after fusion.
struct fused {
    op kind;
    std::initializer_list<int> inputs{};
    bool normalised = false;
    activation act = activation::none;
    int residual = -1;
};

template <class... Layers>
using on_image = model<input<float, 4, 6, 5>, Layers...>;

template <class Model>
inline constexpr auto graph_of = [] {
    static_assert(Model::error.what == fault::none);
    auto g = Model::raw;
    passes::fuse(g);
    return g;
}();

/// Whether `Model` becomes these nodes between its input and its output.
template <class Model>
consteval bool becomes(std::initializer_list<fused> nodes) {
    const auto& g = graph_of<Model>;
    if (g.size != static_cast<int>(nodes.size()) + 2 || g.at(0).kind != op::input
        || g.at(g.size - 1).kind != op::output) {
        return false;
    }
    int i = 1;
    for (const fused& want : nodes) {
        const node& n = g.at(i++);
        if (n.kind != want.kind || n.act != want.act || n.residual != want.residual
            || n.inputs.count != static_cast<int>(want.inputs.size())
            || n.normalised != (want.normalised || want.kind == op::batch_norm)) {
            return false;
        }
        int k = 0;
        for (const int input : want.inputs) {
            if (n.inputs[k++] != input) {
                return false;
            }
        }
    }
    return g.at(g.size - 1).inputs.count == 1;
}

template <class Model>
inline constexpr bool keeps_work = [] {
    workload total;
    for (int i = 0; i < graph_of<Model>.size; ++i) {
        total += graph_of<Model>.at(i).work;
    }
    return total == Model::work;
}();

using conv = conv2d<"conv", 4, 3, padding<1>>;
using second = conv2d<"second", 4, 3, padding<1>>;
using bn = batch_norm<"bn">;
using pool = average_pool<3, stride<1>, padding<1>>;

}  // namespace

// Batch norm into weights, activation into the epilogue, in this order only.
static_assert(becomes<on_image<conv>>({{op::conv2d, {0}}}));
static_assert(becomes<on_image<conv, bn, relu>>({{op::conv2d, {0}, true, activation::relu}}));
static_assert(becomes<on_image<conv, relu>>({{op::conv2d, {0}, false, activation::relu}}));
static_assert(becomes<on_image<conv, relu, bn>>({{op::conv2d, {0}, false, activation::relu},
                                                 {op::batch_norm, {1}}}));
static_assert(becomes<on_image<conv, bn, batch_norm<"again">>>({{op::conv2d, {0}, true},
                                                                {op::batch_norm, {1}}}),
              "one norm per matmul");
static_assert(becomes<on_image<bn, relu>>({{op::batch_norm, {0}, true, activation::relu}}));
static_assert(
    becomes<on_image<conv, relu, sigmoid>>({{op::conv2d, {0}, false, activation::relu},
                                            {op::activation, {1}, false, activation::sigmoid}}));
static_assert(becomes<on_image<pool, relu>>({{op::average_pool, {0}},
                                             {op::activation, {1}, false, activation::relu}}),
              "pools have no epilogue");
static_assert(graph_of<on_image<conv, bn, relu>>.at(1).norm.leaf == "bn");
static_assert(graph_of<on_image<conv, bn, layers::relu6>>.at(1).act_parameters.b == 6.0F);
static_assert(graph_of<on_image<conv, layers::batch_norm<"bn">>>.at(1).epsilon == 1e-5);

// Nothing is absorbed that somebody else reads.
static_assert(becomes<on_image<conv, parallel<bn, identity>, sum<from<0>, from<1>>>>(
    {{op::conv2d, {0}}, {op::batch_norm, {1}}, {op::add, {2, 1}}}));
static_assert(becomes<on_image<conv, parallel<relu, identity>, concat<from<0>, from<1>>>>(
    {{op::conv2d, {0}}, {op::activation, {1}, false, activation::relu}, {op::concat, {2, 1}}}));
static_assert(becomes<on_image<conv, concat<identity, identity>>>({{op::conv2d, {0}},
                                                                   {op::concat, {1, 1}}}));
static_assert(becomes<on_image<conv, concat<bn, identity>>>(
    {{op::conv2d, {0}}, {op::batch_norm, {1}}, {op::concat, {2, 1}}}));

// An addition goes into the later producer; an activation after it, too; a norm does not.
static_assert(
    becomes<on_image<residual<conv>>>({{op::conv2d, {0, 0}, false, activation::none, 0}}));
static_assert(becomes<on_image<residual<sequential<conv, bn>>, relu>>(
    {{op::conv2d, {0, 0}, true, activation::relu, 0}}));
static_assert(becomes<on_image<residual<conv>, bn>>(
    {{op::conv2d, {0, 0}, false, activation::none, 0}, {op::batch_norm, {1}}}));
static_assert(becomes<on_image<residual<conv, second>>>(
    {{op::conv2d, {0}}, {op::conv2d, {0, 1}, false, activation::none, 1}}));
static_assert(becomes<on_image<residual<sequential<conv, relu>>>>(
                  {{op::conv2d, {0}, false, activation::relu}, {op::add, {1, 0}}}),
              "an addition comes before the activation of the same epilogue");
static_assert(becomes<on_image<residual<conv, pool>>>(
                  {{op::conv2d, {0}}, {op::average_pool, {0}}, {op::add, {1, 2}}}),
              "the later term is no matmul, the earlier one runs too soon");
static_assert(becomes<on_image<residual<pool, conv>, relu>>(
    {{op::average_pool, {0}}, {op::conv2d, {0, 1}, false, activation::relu, 1}}));
static_assert(becomes<on_image<residual<pool>, relu>>(
    {{op::average_pool, {0}}, {op::add, {1, 0}, false, activation::relu}}));
static_assert(becomes<on_image<conv, sum<identity, identity>>>({{op::conv2d, {0}},
                                                                {op::add, {1, 1}}}),
              "x + x reads a finished x");
static_assert(
    becomes<on_image<sum<conv, second, identity>>>(
        {{op::conv2d, {0}}, {op::conv2d, {0, 1}, false, activation::none, 1}, {op::add, {2, 0}}}),
    "one addition per epilogue");
static_assert(becomes<on_image<residual<conv>, residual<second>, relu>>(
    {{op::conv2d, {0, 0}, false, activation::none, 0},
     {op::conv2d, {1, 1}, false, activation::relu, 1}}));

static_assert(becomes<on_image<parallel<identity, conv>, concat<sum<from<0>, from<1>>, from<1>>>>(
                  {{op::conv2d, {0}}, {op::add, {0, 1}}, {op::concat, {2, 1}}}),
              "what somebody else reads stays without the addition");
static_assert(
    becomes<on_image<parallel<identity, conv, pool>, concat<sum<from<0>, from<1>>, from<2>>>>(
        {{op::conv2d, {0}}, {op::average_pool, {0}}, {op::add, {0, 1}}, {op::concat, {3, 2}}}),
    "an addition does not move ahead of what runs before it");

// The sum itself is read twice: its activation stays outside.
static_assert(becomes<on_image<residual<conv>, parallel<relu, identity>, concat<from<0>, from<1>>>>(
    {{op::conv2d, {0, 0}, false, activation::none, 0},
     {op::activation, {1}, false, activation::relu},
     {op::concat, {2, 1}}}));

// Flatten in front of a linear layer is a window of the image's size.
static_assert(becomes<on_image<flatten, linear<"fc", 7>, relu>>(
    {{op::linear, {0}, false, activation::relu}}));
static_assert([] {
    const node& n = graph_of<on_image<conv, flatten, linear<"fc", 7>>>.at(2);
    return n.win.kernel_h == 6 && n.win.kernel_w == 5 && n.win.pad_h == 0 && n.out == extents{7};
}());
static_assert(becomes<on_image<flatten, linear<"fc", 7>, bn>>({{op::linear, {0}, true}}));
static_assert(becomes<on_image<flatten>>({{op::flatten, {0}}}));
static_assert(becomes<on_image<flatten, flatten, flatten>>({{op::flatten, {0}}}));
static_assert(becomes<on_image<flatten, relu>>({{op::flatten, {0}},
                                                {op::activation, {1}, false, activation::relu}}));
static_assert(
    becomes<on_image<flatten, parallel<linear<"a", 7>, linear<"b", 7>>, sum<from<0>, from<1>>>>(
        {{op::flatten, {0}}, {op::linear, {1}}, {op::linear, {1, 2}, false, activation::none, 2}}),
    "a flatten that two read stays");
static_assert(becomes<on_image<layers::global_average_pool, flatten, linear<"fc", 7>>>(
                  {{op::global_average_pool, {0}}, {op::linear, {1}}}),
              "a vector is flat already");
static_assert(
    becomes<on_image<layers::global_average_pool,
                     flatten,
                     parallel<linear<"a", 7>, linear<"b", 7>>,
                     sum<from<0>, from<1>>>>({{op::global_average_pool, {0}},
                                              {op::linear, {1}},
                                              {op::linear, {1, 2}, false, activation::none, 2}}));
static_assert(becomes<on_image<conv, layers::global_average_pool, flatten, relu>>(
    {{op::conv2d, {0}},
     {op::global_average_pool, {1}},
     {op::activation, {2}, false, activation::relu}}));
static_assert(
    becomes<model<input<float, 4>,
                  linear<"a", 4>,
                  parallel<flatten, identity>,
                  concat<sequential<from<0>, relu>, from<1>>>>(
        {{op::linear, {0}}, {op::activation, {1}, false, activation::relu}, {op::concat, {2, 1}}}),
    "readers of a vanished flatten count as readers of what it read");

static_assert(becomes<model<input<float, 4>, linear<"a", 4>, flatten, relu>>(
                  {{op::linear, {0}, false, activation::relu}}),
              "and its own reading counts no more");

// Work moves with what is fused: none is lost.
static_assert(keeps_work<on_image<residual<sequential<conv, bn>>, relu>>);
static_assert(
    keeps_work<on_image<sum<conv, second, identity>, flatten, linear<"fc", 7>, layers::softmax>>);

// Linear layers of each token fuse like convolutions; what transformers have besides does not.
static_assert(
    becomes<on_image<
        residual<sequential<linear<"a", 9, each_token>, sigmoid, linear<"b", 4, each_token>>>>>(
        {{op::linear, {0}, false, activation::sigmoid},
         {op::linear, {1, 0}, false, activation::none, 0}}));
static_assert(becomes<on_image<linear<"a", 9, each_token>, bn>>({{op::linear, {0}, true}}));
static_assert(graph_of<on_image<linear<"a", 9, each_token>>>.at(1).win.kernel_h == 1,
              "the window of a flatten is as large as the image");
static_assert(becomes<on_image<layers::layer_norm<"n">, relu>>(
    {{op::layer_norm, {0}}, {op::activation, {1}, false, activation::relu}}));
static_assert(becomes<model<tokens<5>,
                            sum<layers::embedding<"words", 9, 4>,
                                layers::position_embedding<"positions", 9, 4>>>>(
    {{op::embedding, {0}}, {op::embedding, {0}}, {op::add, {1, 2}}}));
