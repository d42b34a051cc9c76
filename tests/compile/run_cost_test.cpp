// SPDX-License-Identifier: MIT
#include <soma/compile/program.hpp>
#include <soma/compile/run_cost.hpp>
#include <soma/layers/linear.hpp>
#include <soma/model/model.hpp>

#include "support/catch.hpp"
#include "support/small_net.hpp"

using namespace soma;

namespace {

/// All weights, more than a cache holds: one sample costs about as much as a few.
struct heavy : model<input<float, 512, 1, 1>, layers::flatten, layers::linear<"fc", 3072>> {};

template <class Model, class... Axes>
constexpr double ns = nominal_run_ns<program<Model, bf16, schedule<Axes...>>>;

}  // namespace

static_assert(ns<test::small_net> > 0);
static_assert(ns<heavy, batch<4>> < 2 * ns<heavy>);
// What stays in the cache costs by the sample.
static_assert(ns<test::small_net, batch<8>> > 6 * ns<test::small_net>);
static_assert(ns<test::small_net, batch<8>> < 8 * ns<test::small_net>);
static_assert(ns<test::small_net, replicate<2>> == ns<test::small_net>);
static_assert(ns<heavy, batch<8>, tensor_parallel<2>> < ns<heavy, batch<8>>);

TEST_CASE("larger batches cost more, and less for each sample", "[compile]") {
    CHECK(ns<heavy, batch<2>> > ns<heavy>);
    CHECK(ns<heavy, batch<16>> > ns<heavy, batch<2>>);
    CHECK(ns<heavy, batch<16>> / 16 < ns<heavy, batch<2>> / 2);
}
