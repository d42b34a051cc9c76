// SPDX-License-Identifier: MIT
#include <cstddef>
#include <vector>

#include <soma/runtime/serving/servable_model.hpp>

#include "support/catch.hpp"
#include "support/runs.hpp"
#include "support/small_net.hpp"

using namespace soma;
using test::small_net;

TEST_CASE("a servable model knows its program's sizes and makes runners", "[runtime][serving]") {
    using plan = program<small_net, bf16, schedule<batch<2>, replicate<2>>>;
    const servable_model model =
        make_servable<plan>(weights<small_net>(test::random_parameters<small_net>(17)));
    CHECK(model.program == "bf16, batch 2, copies 2");
    CHECK(model.shape.samples == 4);
    CHECK(model.shape.inputs == small_net::input_shape::size);
    CHECK(model.shape.outputs == small_net::output_shape::size);
    CHECK(model.cores == 2);
    const model_runner one = model.make(), two = model.make();
    CHECK(one.activation_bytes == 2 * plan::arena_bytes);
    CHECK(one.packed.size() == model.weight_bytes);
    CHECK(one.packed.data() == two.packed.data());
    const auto in = test::inputs<small_net>(3);
    std::vector<float> out(3 * model.shape.outputs);
    one.run(in.data(), out.data(), 3);
    CHECK(out == test::results<plan>(in));
}

TEST_CASE("a pipeline is given batches that follow each other", "[runtime][serving]") {
    using plan = program<small_net, bf16, schedule<batch<2>, pipeline<2>>>;
    const servable_model model =
        make_servable<plan>(weights<small_net>(test::random_parameters<small_net>(17)));
    CHECK(model.shape.samples == 2);
    CHECK(model.shape.in_a_row == 8);
    CHECK(model.shape.most() == 16);
    const model_runner one = model.make();
    const auto in = test::inputs<small_net>(15);
    std::vector<float> out(15 * model.shape.outputs);
    one.run(in.data(), out.data(), 15);
    CHECK(out == test::results<program<small_net, bf16, batch<2>>>(in));
}
