// SPDX-License-Identifier: MIT
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <soma/runtime/any_executor.hpp>

#include "support/catch.hpp"
#include "support/runs.hpp"
#include "support/small_net.hpp"

using namespace soma;
using test::small_net;

namespace {

using single = program<small_net, bf16>;
using twins = program<small_net, bf16, schedule<batch<2>, replicate<2>>>;
using staged = program<small_net, bf16, schedule<batch<2>, pipeline<2>>>;
using exact = program<small_net, fp32>;
using table = any_executor_table<single, twins, staged, exact>;
using any = any_executor_of<small_net>;

static_assert(std::is_nothrow_move_constructible_v<any> && std::is_nothrow_move_assignable_v<any>);
static_assert(!std::is_copy_constructible_v<any>);
static_assert(noexcept(std::declval<any&>().run({}, {})));
static_assert(table::names().size() == 4 && table::names()[1] == "bf16, batch 2, copies 2");

weights<small_net> trained() {
    return weights<small_net>(test::random_parameters<small_net>(17));
}

}  // namespace

TEST_CASE("an executor runs the same when its program is forgotten", "[runtime][executor]") {
    const auto in = test::inputs<small_net>(7);
    const auto want = test::results<single>(in);
    const auto shared = trained();
    for (const std::string_view name : table::names()) {
        any run = table::make(name, shared);
        CHECK(run.name() == name);
        std::vector<float> out(7 * any::sample_outputs, -77.0F);
        REQUIRE(run.run(in, out) == run_status::done);
        CHECK(out == (name == "fp32, batch 1, copies 1" ? test::results<exact>(in) : want));
        CHECK(run.run(std::span(in).first(3), out) == run_status::input_is_not_whole_samples);
        CHECK(run.run(in, std::span(out).first(2)) == run_status::output_does_not_match);
    }
}

TEST_CASE("an executor says what it is", "[runtime][executor]") {
    const auto shared = trained();
    any one = make_any_executor<single>(shared);
    any two = executor<twins>(shared);
    CHECK(one.samples() == 1);
    CHECK(one.cores() == 1);
    CHECK(two.samples() == 4);
    CHECK(two.cores() == 2);
    CHECK(two.arena_bytes() == 2 * twins::arena_bytes);
    CHECK(table::make("bf16, batch 2, copies 1, stages 2", shared).cores() == 2);
    CHECK(one.packed_weights().size() == single::packed_bytes);
    CHECK(one.packed_weights().data() == two.packed_weights().data());
    one = std::move(two);
    CHECK(one.name() == "bf16, batch 2, copies 2");
}

TEST_CASE("a name that no program has is an error that lists the names", "[runtime][executor]") {
    try {
        static_cast<void>(table::make("int8", trained()));
        FAIL("made");
    } catch (const std::invalid_argument& e) {
        const std::string message = e.what();
        CHECK(message.find("'int8'") != std::string::npos);
        for (const std::string_view name : table::names()) {
            CHECK(message.find(std::string("'").append(name).append("'")) != std::string::npos);
        }
    }
}
