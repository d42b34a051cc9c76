// SPDX-License-Identifier: MIT
#include <cstddef>
#include <cstring>
#include <vector>

#include <soma/compile/program.hpp>
#include <soma/runtime/dispatch.hpp>
#include <soma/runtime/weights/pack_weights.hpp>
#include <soma/simd/matrix_tile.hpp>

#include "support/catch.hpp"
#include "support/models.hpp"
#include "support/raw_graph.hpp"
#include "support/residual_groups.hpp"
#include "support/samples.hpp"
#include "support/small_net.hpp"

using namespace soma;
using test::small_net;

namespace {

using plan = program<small_net, bf16, batch<3>>;

/// A kernel that writes no lane beyond its channels, and a matmul that reads them in pairs.
struct odd_custom : model<input<float, 5, 4, 3>,
                          layers::custom<"gain", test::gain_and_offset>,
                          layers::conv2d<"conv", 3, 3, padding<1>>> {};

static_assert(kernel_table<plan>.size() == plan::kernel_keys.size());

/// One pass of `Program` over `samples` samples, every byte of the arena being `before` at first.
template <class Program>
std::vector<float> pass(int samples, int before) {
    using model = typename Program::model_type;
    constexpr std::size_t takes = model::input_shape::size, makes = model::output_shape::size;
    const aligned_buffer packed =
        pack_weights<typename Program::formatted_type, typename Program::isa_type>(
            test::random_parameters<model>(17));
    aligned_buffer arena(Program::arena_bytes);
    std::memset(arena.data(), before, arena.size());
    // Exactly as large as the samples: a sanitizer sees what is read beyond.
    const std::vector<float> in =
        test::uniform<float>(static_cast<std::size_t>(samples) * takes, 18);
    std::vector<float> out(static_cast<std::size_t>(Program::batch_size) * makes, -77.0F);
    REQUIRE(simd::acquire_registers<typename Program::isa_type>());
    run_pass<Program>({.nodes = Program::nodes.data(),
                       .arena = arena.data(),
                       .scratch = arena.data() + Program::scratch_offset,
                       .packed = packed.data(),
                       .packed_bytes = packed.size(),
                       .input = in.data(),
                       .output = out.data(),
                       .batch_size = Program::batch_size,
                       .samples = samples});
    return out;
}

}  // namespace

TEST_CASE("every key has a kernel", "[runtime][dispatch]") {
    for (const node_function run : kernel_table<plan>) {
        CHECK(run != nullptr);
    }
}

TEST_CASE("a pass writes the caller's samples only", "[runtime][dispatch]") {
    constexpr std::size_t makes = small_net::output_shape::size;
    for (int samples = 1; samples <= 3; ++samples) {
        const std::vector<float> out = pass<plan>(samples, 0);
        for (std::size_t i = 0; i < out.size(); ++i) {
            CHECK((out[i] == -77.0F) == (i >= static_cast<std::size_t>(samples) * makes));
        }
    }
}

TEMPLATE_TEST_CASE("what an arena held before does not matter",
                   "[runtime][dispatch]",
                   plan,
                   (program<test::unusual, bf16, batch<2>>),
                   (program<odd_custom, bf16, batch<2>>),
                   (program<test::residual_groups, bf16, test::tight_batch<6>>),
                   (program<test::residual_groups, fp32, test::tight_batch<4>>)) {
    // All ones are not-a-number in every format. Lanes that pad a pixel and samples that pad a
    // batch are where a kernel could leave them.
    constexpr int all_ones = 0xFF;
    for (int samples = 1; samples <= TestType::batch_size; ++samples) {
        const std::vector<float> want = pass<TestType>(samples, 0);
        CHECK(test::differing(pass<TestType>(samples, all_ones), want) == 0);
        CHECK(want[0] == want[0]);
    }
}
