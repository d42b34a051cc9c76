// SPDX-License-Identifier: MIT
#include <concepts>
#include <cstdint>

#include <soma/layers/activation.hpp>
#include <soma/layers/embedding.hpp>
#include <soma/layers/linear.hpp>
#include <soma/layers/pool.hpp>
#include <soma/model/join.hpp>
#include <soma/model/model.hpp>

using namespace soma;

namespace {

struct images : model<input<float, 3, 8, 6>,
                      layers::conv2d<"conv", 4, 3, with_bias>,
                      layers::batch_norm<"bn">,
                      layers::relu> {};
struct vectors : model<input<float, 5>, layers::linear<"fc", 2>> {};
struct empty : model<input<float, 3, 2, 2>> {};
struct faulty : model<input<float, 3, 8, 6>, layers::linear<"fc", 2>> {};
struct two_outputs : model<input<float, 3>, layers::parallel<layers::identity, layers::relu>> {};

struct words : model<tokens<9>, layers::embedding<"table", 100, 4>> {};
struct no_words : model<tokens<9>> {};

}  // namespace

static_assert(model_type<images> && model_type<vectors> && model_type<empty> && model_type<faulty>);
static_assert(!model_type<int> && !model_type<layers::relu>);

// The graph as written: an input, the layers, an output.
static_assert(images::raw.size == 5 && images::max_nodes == 5);
static_assert(images::raw.at(0).kind == op::input && images::raw.at(4).kind == op::output);
static_assert(images::raw.at(2).kind == op::batch_norm && images::raw.at(2).inputs[0] == 1);
static_assert(empty::raw.size == 2);

static_assert(images::parameter_count == 4 * 3 * 9 + 4 + 8);
static_assert(images::work.macs == 4LL * 27 * 6 * 4);
static_assert(images::work.vector_ops == 3LL * 4 * 6 * 4, "two for a norm, one for an activation");
static_assert(vectors::parameter_count == 12);

static_assert(images::input_extents == extents{3, 8, 6});
static_assert(images::output_extents == extents{4, 6, 4});
static_assert(std::same_as<images::input_shape, shape<3, 8, 6>>);
static_assert(std::same_as<images::output_shape, shape<4, 6, 4>>);
static_assert(std::same_as<vectors::input_shape, shape<5>>, "a vector has one dimension");
static_assert(std::same_as<vectors::output_shape, shape<2>>);

static_assert(images::error.what == fault::none);
static_assert(faulty::error.what == fault::shape && faulty::error.layer.view() == "fc");
static_assert(two_outputs::error.what == fault::inputs
              && two_outputs::error.layer.view() == "output");

// Token numbers come as a vector; their features go as a sequence one pixel wide.
static_assert(words::error.what == fault::none && words::raw.at(0).numbers);
static_assert(std::same_as<words::model_input::element_type, std::int32_t>);
static_assert(words::input_extents == extents{1, 9, 1});
static_assert(std::same_as<words::input_shape, shape<9>>);
static_assert(std::same_as<words::output_shape, shape<4, 9, 1>>);
static_assert(std::same_as<tokens<1>::shape_type, shape<1>>);
static_assert(!images::raw.at(0).numbers);
static_assert(no_words::error.what == fault::shape && no_words::error.layer.view() == "output");
