// SPDX-License-Identifier: MIT
//
// Results are in executor_pipeline_test.cpp; here is what lies where.
#include <soma/runtime/pipeline/pipelined.hpp>

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>
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

TEST_CASE("each stage packs the parameters of its own nodes", "[runtime][pipelined]") {
    using plan = staged<pipeline<3>, replicate<2>>;
    using form = plan::formatted_type;
    const auto values = test::random_parameters<small_net>(17);
    const tensor_source source = source_of(values);
    const aligned_buffer want = pack_weights<form, plan::isa_type>(source);
    aligned_buffer blob(form::packed_bytes);
    program_stages<plan> stages(source, blob);
    const auto unwritten = std::byte{0x5A};
    for (int stage = 0; stage < plan::stage_ranges.count; ++stage) {
        const host_stage& range = plan::stage_ranges.at[stage];
        const std::size_t first = plan::nodes[static_cast<std::size_t>(range.first)].weights_offset;
        const std::size_t last =
            range.last < plan::size
                ? plan::nodes[static_cast<std::size_t>(range.last)].weights_offset
                : form::packed_bytes;
        std::fill_n(blob.data(), blob.size(), unwritten);
        stages.prepare(1, stage);  // of a copy that reads what the first one has packed
        CHECK(std::count(blob.data(), blob.data() + blob.size(), unwritten)
              == static_cast<std::ptrdiff_t>(blob.size()));
        stages.prepare(0, stage);
        CHECK(std::count(blob.data(), blob.data() + first, unwritten)
              == static_cast<std::ptrdiff_t>(first));
        CHECK(std::equal(blob.data() + first, blob.data() + last, want.data() + first));
        CHECK(std::count(blob.data() + last, blob.data() + blob.size(), unwritten)
              == static_cast<std::ptrdiff_t>(blob.size() - last));
    }
}

TEST_CASE("stages pack to the bytes that one thread packs to", "[runtime][pipelined]") {
    const auto check = [&]<class Program>(std::type_identity<Program>) {
        // Threads that compute flush subnormals, threads that pack must not.
        auto values = test::random_parameters<small_net>(17);
        values["fc.weight"][0] = 0x1p-140F;
        values["conv1.weight"][1] = 0x1p-127F;
        const aligned_buffer want =
            pack_weights<typename Program::formatted_type, typename Program::isa_type>(values);
        const weights<small_net> shared(std::move(values));
        const executor<Program> first(shared);
        const executor<Program> second(shared);
        const auto got = first.packed_weights();
        REQUIRE(got.size() == want.size());
        CHECK(std::equal(got.begin(), got.end(), want.data()));
        CHECK(second.packed_weights().data() == got.data());
    };
    check(std::type_identity<staged<pipeline<3>>>{});
    check(std::type_identity<staged<pipeline<2>, replicate<2>>>{});
    check(std::type_identity<program<small_net, bf16, pipeline<2>>>{});
}
