// SPDX-License-Identifier: MIT
#include <initializer_list>

#include <soma/compile/formats.hpp>
#include <soma/layers/activation.hpp>
#include <soma/layers/attention.hpp>
#include <soma/layers/custom.hpp>
#include <soma/layers/embedding.hpp>
#include <soma/layers/first_token.hpp>
#include <soma/layers/layer_norm.hpp>
#include <soma/layers/linear.hpp>
#include <soma/layers/pool.hpp>
#include <soma/model/join.hpp>

using namespace soma;
using layers::conv2d;

namespace {

/// A residual network of odd channels: input, conv a, conv b + a, pool, linear, output.
struct net : model<input<float, 3, 8, 8>,
                   conv2d<"a", 5, 3, padding<1>>,
                   layers::relu,
                   layers::residual<conv2d<"b", 5, 3, padding<1>>>,
                   layers::global_average_pool,
                   layers::linear<"fc", 4>> {};

/// The addition is the last thing that happens.
struct ends_in_sum : model<input<float, 4, 3, 3>, layers::residual<conv2d<"a", 4, 1>>> {};

struct on_floats {
    static constexpr extents output(extents in) { return in; }
    static constexpr workload work(extents) { return {}; }
    static void run(pixels<const float>, pixels<float>) noexcept {}
};
struct on_halves : on_floats {
    static void run(pixels<const float16>, pixels<float16>) noexcept {}
};
struct on_anything : on_floats {
    template <class T>
    static void run(pixels<const T>, pixels<T>) noexcept {}
};
template <class Operator>
struct with_custom : model<input<float, 4, 3, 3>,
                           conv2d<"a", 4, 1>,
                           layers::custom<"custom", Operator>,
                           conv2d<"b", 4, 1>> {};
struct flattens : model<input<float, 4, 3, 3>, conv2d<"a", 4, 1>, layers::flatten> {};

struct attends : model<tokens<6>,
                       layers::embedding<"words", 50, 8>,
                       layers::parallel<layers::linear<"query", 8, each_token>,
                                        layers::linear<"key", 8, each_token>,
                                        layers::linear<"value", 8, each_token>>,
                       layers::attention<2>,
                       layers::layer_norm<"norm">,
                       layers::first_token> {};
struct with_positions
    : model<input<float, 4, 6, 1>,
            layers::sum<layers::identity, layers::position_embedding<"positions", 9, 4>>> {};

struct want {
    op kind;
    format in, out;
    std::initializer_list<int> inputs;
    int residual = -1;
};

template <class Model>
struct assigned {
    plan_node nodes[3 * lowered<Model>::data.size] = {};
    const custom_kernel* custom[3 * lowered<Model>::data.size] = {};
    int size = 0;

    constexpr explicit assigned(const formats_of_policy& policy) {
        size = passes::assign_formats(lowered<Model>::data, policy, lowered<Model>::names, nodes,
                                      custom);
    }
};

/// Whether `Model` under `Precision` is this list of nodes.
template <class Model, class Precision>
consteval bool becomes(std::initializer_list<want> list) {
    const assigned<Model> got(formats_of<Precision>);
    if (got.size != static_cast<int>(list.size())) {
        return false;
    }
    int i = 0;
    for (const want& w : list) {
        const plan_node& n = got.nodes[i];
        if (n.kind != w.kind || n.out != w.out || n.residual != w.residual
            || n.input_count != static_cast<int>(w.inputs.size())
            || (n.kind != op::input && n.in != w.in)
            || (got.custom[i] != nullptr) != (n.kind == op::custom)) {
            return false;
        }
        int k = 0;
        for (const int input : w.inputs) {
            if (n.inputs[k++] != input) {
                return false;
            }
        }
        // A node reads the format that the nodes it reads have stored.
        for (k = 0; k < n.input_count; ++k) {
            const format stored = got.nodes[n.inputs[k]].out;
            if (stored != (n.inputs[k] == n.residual && k > 0 ? n.out : n.in)) {
                return false;
            }
        }
        ++i;
    }
    return true;
}

constexpr format f = format::f32, h = format::f16, b = format::bf16;

}  // namespace

static_assert(formats_of<fp32>.storage == f && formats_of<matmul_cast<bf16>>.compute == b
              && formats_of<auto_cast<fp16>>.result == f && formats_of<fp16>.result == h);

// Channels come in pairs wherever a program has BF16, and only there.
static_assert(formats_of<fp32>.pitch(5) == 5 && formats_of<fp16>.pitch(5) == 5
              && formats_of<auto_cast<fp16>>.pitch(5) == 5);
static_assert(formats_of<bf16>.pitch(5) == 6 && formats_of<bf16>.pitch(6) == 6
              && formats_of<matmul_cast<bf16>>.pitch(5) == 6
              && formats_of<auto_cast<bf16>>.pitch(1) == 2);

static_assert(becomes<net, fp32>({{op::input, f, f, {}},
                                  {op::conv2d, f, f, {0}},
                                  {op::conv2d, f, f, {1, 1}, 1},
                                  {op::global_average_pool, f, f, {2}},
                                  {op::linear, f, f, {3}},
                                  {op::output, f, f, {4}}}));
static_assert(becomes<net, bf16>({{op::input, b, b, {}},
                                  {op::conv2d, b, b, {0}},
                                  {op::conv2d, b, b, {1, 1}, 1},
                                  {op::global_average_pool, b, b, {2}},
                                  {op::linear, b, b, {3}},
                                  {op::output, b, f, {4}}}),
              "even the result is rounded before the caller gets it as float");
static_assert(becomes<net, fp16>({{op::input, h, h, {}},
                                  {op::conv2d, h, h, {0}},
                                  {op::conv2d, h, h, {1, 1}, 1},
                                  {op::global_average_pool, h, h, {2}},
                                  {op::linear, h, h, {3}},
                                  {op::output, h, f, {4}}}));
static_assert(becomes<net, auto_cast<bf16>>({{op::input, b, b, {}},
                                             {op::conv2d, b, b, {0}},
                                             {op::conv2d, b, b, {1, 1}, 1},
                                             {op::global_average_pool, b, b, {2}},
                                             {op::linear, b, f, {3}},
                                             {op::output, f, f, {4}}}),
              "the last matmul stores its accumulators");
static_assert(becomes<net, matmul_cast<bf16>>({{op::input, f, b, {}},
                                               {op::conv2d, b, f, {0}},
                                               {op::cast, f, b, {1}},
                                               {op::conv2d, b, f, {2, 1}, 1},
                                               {op::global_average_pool, f, b, {3}},
                                               {op::linear, b, f, {4}},
                                               {op::output, f, f, {5}}}),
              "what a matmul and a residual read is kept in both formats");

// Where a residual's sum is wanted in another format than it is kept in, a cast follows.
static_assert(becomes<ends_in_sum, auto_cast<fp16>>({{op::input, h, h, {}},
                                                     {op::conv2d, h, h, {0, 0}, 0},
                                                     {op::cast, h, f, {1}},
                                                     {op::output, f, f, {2}}}));
static_assert(becomes<ends_in_sum, matmul_cast<fp16>>({{op::input, f, f, {}},
                                                       {op::cast, f, h, {0}},
                                                       {op::conv2d, h, f, {1, 0}, 0},
                                                       {op::output, f, f, {2}}}));

// Custom kernels: as they are, cast around, or in the first format that they know.
static_assert(becomes<with_custom<on_anything>, bf16>({{op::input, b, b, {}},
                                                       {op::conv2d, b, b, {0}},
                                                       {op::custom, b, b, {1}},
                                                       {op::conv2d, b, b, {2}},
                                                       {op::output, b, f, {3}}}));
static_assert(becomes<with_custom<on_floats>, bf16>({{op::input, b, b, {}},
                                                     {op::conv2d, b, f, {0}},
                                                     {op::custom, f, f, {1}},
                                                     {op::cast, f, b, {2}},
                                                     {op::conv2d, b, b, {3}},
                                                     {op::output, b, f, {4}}}));
static_assert(becomes<with_custom<on_halves>, fp32>({{op::input, f, f, {}},
                                                     {op::conv2d, f, h, {0}},
                                                     {op::custom, h, h, {1}},
                                                     {op::cast, h, f, {2}},
                                                     {op::conv2d, f, f, {3}},
                                                     {op::output, f, f, {4}}}));

// A flatten moves elements of one format.
static_assert(becomes<flattens, auto_cast<fp16>>({{op::input, h, h, {}},
                                                  {op::conv2d, h, h, {0}},
                                                  {op::flatten, h, h, {1}},
                                                  {op::cast, h, f, {2}},
                                                  {op::output, f, f, {3}}}));

// Everything else of a node survives.
static_assert([] {
    const assigned<net> got(formats_of<bf16>);
    const plan_node& conv = got.nodes[1];
    const plan_node& pool = got.nodes[3];
    return conv.in_shape == extents{3, 8, 8} && conv.out_shape == extents{5, 8, 8}
           && conv.in_pitch == 4 && conv.out_pitch == 6 && conv.win.pad_h == 1
           && conv.act == kernels::activation::relu && conv.work == lowered<net>::data.at(1).work
           && pool.in_shape == extents{5, 8, 8} && pool.in_pitch == 6
           && lowered<net>::names.leaf(conv.name) == "a" && got.nodes[4].bias;
}());

namespace {

/// Halo that `Model`'s input gets: rows, columns.
template <class Model>
consteval std::pair<int, int> halo() {
    assigned<Model> got(formats_of<fp32>);
    passes::add_halo(got.nodes, got.size);
    for (int i = 1; i < got.size; ++i) {
        if (got.nodes[i].halo_h != 0 || got.nodes[i].halo_w != 0
            || got.nodes[i].reads_halo != (i == 1 && got.nodes[0].halo_w != 0)) {
            throw "only the input has a halo, only its reader knows";
        }
    }
    return {got.nodes[0].halo_h, got.nodes[0].halo_w};
}

template <class Input, class... Layers>
struct any : model<Input, Layers...> {};
template <int C, class... Options>
using stem = any<input<float, C, 9, 9>, conv2d<"conv1", 4, 5, Options...>>;
using none = std::pair<int, int>;

}  // namespace

static_assert(halo<stem<3, padding<2, 1>>>() == std::pair{2, 1});
static_assert(halo<stem<7, padding<2>, stride<2>>>() == std::pair{2, 2});
static_assert(halo<stem<8, padding<2>>>() == none{}, "eight channels are long enough runs");
static_assert(halo<stem<2, padding<2>, groups<2>>>() == none{});
static_assert(halo<stem<3, padding<4>, dilation<1, 2>>>() == none{});
static_assert(halo<any<input<float, 3, 9, 9>, conv2d<"c", 4, 1, padding<1>>>>() == none{});
static_assert(halo<any<input<float, 3, 9, 9>, layers::max_pool<3, padding<1>>>>() == none{});
static_assert(halo<any<input<float, 3, 9, 9>, layers::residual<conv2d<"c", 3, 3, padding<1>>>>>()
                  == none{},
              "somebody else reads the image as it is");

// Token numbers have 32 bits in every precision; attention multiplies what it reads.
static_assert(becomes<attends, bf16>({{op::input, f, f, {}},
                                      {op::embedding, f, b, {0}},
                                      {op::linear, b, b, {1}},
                                      {op::linear, b, b, {1}},
                                      {op::linear, b, b, {1}},
                                      {op::attention, b, b, {2, 3, 4}},
                                      {op::layer_norm, b, b, {5}},
                                      {op::slice, b, b, {6}},
                                      {op::output, b, f, {7}}}));
static_assert(becomes<attends, matmul_cast<fp16>>({{op::input, f, f, {}},
                                                   {op::embedding, f, h, {0}},
                                                   {op::linear, h, h, {1}},
                                                   {op::linear, h, h, {1}},
                                                   {op::linear, h, h, {1}},
                                                   {op::attention, h, f, {2, 3, 4}},
                                                   {op::layer_norm, f, f, {5}},
                                                   {op::slice, f, f, {6}},
                                                   {op::output, f, f, {7}}}));
static_assert(becomes<with_positions, bf16>({{op::input, b, b, {}},
                                             {op::embedding, b, b, {0}},
                                             {op::add, b, b, {0, 1}},
                                             {op::output, b, f, {2}}}),
              "a place in a sequence has no number to be read");
static_assert([] {
    const assigned<attends> got(formats_of<bf16>);
    return got.nodes[0].numbers && got.nodes[1].table_rows == 50 && !got.nodes[1].numbers
           && got.nodes[1].row == table_row::numbered && got.nodes[5].heads == 2
           && got.nodes[6].epsilon == 1e-5;
}());
