// SPDX-License-Identifier: MIT
#include <soma/hardware/inferentia2.hpp>
#include <soma/hardware/node_cost.hpp>

#include "support/catch.hpp"
#include "support/figures.hpp"

using namespace soma;
using soma::test::near;

namespace {

constexpr tensor_engine engine = neuron_core_v2.tensor;
/// No losses: what remains is counting.
constexpr calibration ideal{1, 1, 0, 1e30};

constexpr operation product(matrix_product p) {
    operation o;
    o.kind = op::linear;
    o.compute = o.stored = format::bf16;
    o.products[0] = p;
    return o;
}

}  // namespace

TEST_CASE("a product that fills every tile costs its columns and the tiles' loads", "[node_cost]") {
    // 4096 x 8192 by 8192 x 8192: 64 x 64 tiles, eight instructions of 512 columns each.
    constexpr matrix_product p{.count = 1, .rows = 4096, .depth = 8192, .taps = 1, .columns = 8192};
    CHECK(tensor_cycles(p, 1, engine) == 64.0 * 64 * (4096 + 8 * engine.load_cycles));
    // Without loads that is the array's peak.
    tensor_engine no_loads = engine;
    no_loads.load_cycles = {};
    CHECK(near(tensor_cycles(p, 1, no_loads) * 128 * 128, static_cast<double>(p.macs()), 1e-12));
}

TEST_CASE("few columns cost as much as the shortest instruction", "[node_cost]") {
    constexpr matrix_product one{.count = 1, .rows = 1, .depth = 128, .taps = 1, .columns = 128};
    constexpr matrix_product many{.count = 1, .rows = 64, .depth = 128, .taps = 1, .columns = 128};
    CHECK(tensor_cycles(one, 1, engine) == tensor_cycles(many, 1, engine));
    CHECK(tensor_cycles(one, 64, engine) == tensor_cycles(one, 1, engine));
    CHECK(tensor_cycles(one, 65, engine) > tensor_cycles(one, 1, engine));
}

TEST_CASE("taps of few channels are stacked, those of many stand alone", "[node_cost]") {
    // 7 x 7 x 3 = 147 rows: two tiles, not 49.
    constexpr matrix_product stem{.count = 1, .rows = 512, .depth = 3, .taps = 49, .columns = 64};
    CHECK(tensor_cycles(stem, 1, engine) == 2 * (512 + engine.load_cycles));
    constexpr matrix_product deep{.count = 1, .rows = 512, .depth = 128, .taps = 9, .columns = 64};
    CHECK(tensor_cycles(deep, 1, engine) == 9 * (512 + engine.load_cycles));
}

TEST_CASE("groups share a tile along its diagonal", "[node_cost]") {
    constexpr matrix_product depthwise{
        .count = 256, .rows = 512, .depth = 1, .taps = 9, .columns = 1};
    CHECK(tensor_cycles(depthwise, 1, engine) == 2 * 9 * (512 + engine.load_cycles));
}

TEST_CASE("samples share weights, not activations", "[node_cost]") {
    constexpr matrix_product weights{
        .count = 1, .rows = 128, .depth = 128, .taps = 1, .columns = 128};
    constexpr matrix_product scores{
        .count = 12, .rows = 128, .depth = 64, .taps = 1, .columns = 128, .learned = false};
    // Four samples' rows follow each other through one tile.
    CHECK(tensor_cycles(weights, 4, engine) == 512 + engine.load_cycles);
    CHECK(tensor_cycles(scores, 4, engine) == 4 * tensor_cycles(scores, 1, engine));
}

TEST_CASE("FP32 products take the passes that the engine has for them", "[node_cost]") {
    operation o = product({.count = 1, .rows = 512, .depth = 128, .taps = 1, .columns = 128});
    const double bf16 = cost_of(o, 1, neuron_core_v2, 1e11, ideal).tensor;
    o.compute = format::f32;
    CHECK(near(cost_of(o, 1, neuron_core_v2, 1e11, ideal).tensor, 4 * bf16, 1e-12));
}

TEST_CASE("an operation takes as long as its slowest part", "[node_cost]") {
    operation o = product({.count = 1, .rows = 512, .depth = 128, .taps = 1, .columns = 128});
    o.weight_bytes = 1'000'000;
    o.vector_elements = 1280;
    const node_cost cost = cost_of(o, 1, neuron_core_v2, 1e9, ideal);
    CHECK(near(cost.weights, 1e-3, 1e-12));
    CHECK(cost.cached() == cost.tensor);
    CHECK(cost.cached_stall() == stall::compute);
    CHECK(cost.streamed() == cost.weights);

    o.vector_elements = 1'280'000'000;
    const node_cost vector_bound = cost_of(o, 1, neuron_core_v2, 1e9, ideal);
    CHECK(near(vector_bound.cached(), 1.28e9 / (128 * 1.12e9), 1e-12));
    CHECK(vector_bound.cached_stall() == stall::vector);
}

TEST_CASE("an FP32 element takes the vector engine twice as long", "[node_cost]") {
    operation o;
    o.kind = op::add;
    o.vector_elements = 1000;
    o.stored = format::bf16;
    const double half = cost_of(o, 1, neuron_core_v2, 1e9, ideal).vector;
    o.stored = format::f32;
    CHECK(near(cost_of(o, 1, neuron_core_v2, 1e9, ideal).vector, 2 * half, 1e-12));
}

TEST_CASE("activations that do not fit leave the chip and come back", "[node_cost]") {
    operation o;
    o.kind = op::max_pool;
    o.live_bytes = 1 << 20;
    CHECK(spilled_bytes(o, 24, neuron_core_v2) == 0);
    CHECK(spilled_bytes(o, 25, neuron_core_v2) == 1u << 20);
    CHECK(cost_of(o, 25, neuron_core_v2, 1e9, ideal).cached_stall() == stall::activations);
}

TEST_CASE("what an operation waits for adds up to its seconds", "[node_cost]") {
    const node_cost cost{.tensor = 2, .vector = 5, .scalar = 1, .weights = 9, .activations = 3};
    double stalled[stall_count] = {};
    add_stalls(cost, stalled);
    CHECK(stalled[static_cast<int>(stall::compute)] == 2);
    CHECK(stalled[static_cast<int>(stall::vector)] == 3);
    add_stalls(cost, stalled);
    CHECK(stalled[static_cast<int>(stall::compute)] + stalled[static_cast<int>(stall::vector)]
          == 2 * cost.cached());
}
