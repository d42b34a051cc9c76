// SPDX-License-Identifier: MIT
#include <concepts>

#include <soma/compile/program.hpp>
#include <soma/compile/unwritten_kernels.hpp>
#include <soma/layers/attention.hpp>
#include <soma/layers/first_token.hpp>
#include <soma/layers/layer_norm.hpp>
#include <soma/layers/linear.hpp>
#include <soma/model/join.hpp>

#include "support/catch.hpp"

using namespace soma;

namespace {

struct all_written : model<input<float, 8, 5, 1>, layers::linear<"fc", 4, each_token>> {};

/// Two kinds without a kernel, one of them twice; the first such node has a name.
struct unwritten : model<input<float, 8, 5, 1>,
                         layers::linear<"fc", 8, each_token>,
                         layers::scope<"block", layers::layer_norm<"norm">>,
                         layers::parallel<layers::identity, layers::identity, layers::identity>,
                         layers::attention<2>,
                         layers::layer_norm<"norm2">> {};

struct nameless : model<input<float, 8, 5, 1>, layers::first_token> {};

template <class Model>
using reason = typename decltype(detail::reason_not_to_run<program<Model>>())::type;

}  // namespace

static_assert(unwritten_kernels<program<all_written>>.count == 0);
static_assert(std::same_as<reason<all_written>, no_fault>);

static_assert(
    std::same_as<
        reason<unwritten>,
        kernel_not_written<layer<fixed_string{"block.norm"}>,
                           operators<fixed_string{"layer_norm"}, fixed_string{"attention"}>>>);
static_assert(std::same_as<
              reason<nameless>,
              kernel_not_written<layer<fixed_string{"slice"}>, operators<fixed_string{"slice"}>>>);

TEST_CASE("compile/unwritten_kernels: each kind once, in execution order") {
    constexpr kind_list list = unwritten_kernels<program<unwritten>>;
    REQUIRE(list.count == 2);
    CHECK(list.kinds[0] == op::layer_norm);
    CHECK(list.kinds[1] == op::attention);
}
