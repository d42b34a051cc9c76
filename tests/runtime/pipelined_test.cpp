// SPDX-License-Identifier: MIT
//
// Results are in executor_pipeline_test.cpp; here is what lies where.
#include <soma/runtime/pipelined.hpp>

#include <cstddef>
#include <type_traits>
#include <vector>

#include <soma/runtime/executor.hpp>

#include "support/catch.hpp"
#include "support/runs.hpp"
#include "support/small_net.hpp"

using namespace soma;
using test::small_net;

namespace {

template <class... Policies>
using staged = program<small_net, fp32, schedule<Policies...>>;

static_assert(stage_work<program_stages<staged<pipeline<3>>>>);
static_assert(!std::is_copy_constructible_v<pipelined<staged<pipeline<3>>>>);

/// What a copy of `Program` takes: arenas of all stages, and slots between them.
template <class Program>
constexpr std::size_t bytes_of_copy = [] {
    std::size_t bytes = 0;
    for (int s = 0; s < Program::stage_ranges.count; ++s) {
        const host_stage& stage = Program::stage_ranges.at[s];
        bytes += stage.arena_bytes + Program::scratch_bytes;
        bytes += slots_between_stages * stage.received_bytes;
    }
    return bytes;
}();

weights<small_net> trained() {
    return weights<small_net>(test::random_parameters<small_net>(17));
}

}  // namespace

TEST_CASE("stages have arenas of their own, as large as they need", "[runtime][pipelined]") {
    using one = staged<pipeline<3>>;
    using two = staged<pipeline<3>, replicate<2>>;
    CHECK(executor<one>(trained()).arena_bytes() == bytes_of_copy<one>);
    CHECK(executor<two>(trained()).arena_bytes() == 2 * bytes_of_copy<one>);
    CHECK(bytes_of_copy<one>
          <= 3 * one::arena_bytes + slots_between_stages * 2 * one::activation_bytes);
}

TEST_CASE("a pipeline of one stage is a program like others", "[runtime][pipelined]") {
    using plan = staged<pipeline<1>>;
    static_assert(plan::stage_ranges.count == 1);
    CHECK(executor<plan>(trained()).arena_bytes() == plan::arena_bytes);
}

TEST_CASE("pipelines share packed weights with other executors", "[runtime][pipelined]") {
    const auto shared = trained();
    const executor<staged<pipeline<3>>> a(shared);
    const executor<program<small_net, fp32, batch<2>>> b(shared);
    CHECK(a.packed_weights().data() == b.packed_weights().data());
}

TEST_CASE("batches of a run pass on their own", "[runtime][pipelined]") {
    using plan = staged<pipeline<4>, batch<2>>;
    const auto shared = trained();
    const auto packed = shared.packed<plan::formatted_type, plan::isa_type>();
    REQUIRE(simd::acquire_registers<plan::isa_type>());
    pipelined<plan> run(*packed);
    const std::vector<float> in = test::inputs<small_net>(7);
    const auto want = test::results<program<small_net>>(in);
    std::vector<float> out(want.size() + 9, -77.0F);
    run.run(in.data(), out.data(), 7);
    CHECK(std::vector<float>(out.end() - 9, out.end()) == std::vector<float>(9, -77.0F));
    out.resize(want.size());
    CHECK(test::differing(out, want) == 0);
    run.run(in.data(), nullptr, 0);
}
