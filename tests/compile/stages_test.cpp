// SPDX-License-Identifier: MIT
#include <memory>
#include <soma/compile/core_graph.hpp>
#include <soma/compile/stages.hpp>
#include <soma/hardware/instances.hpp>
#include <soma/model/zoo/resnet.hpp>

#include "support/catch.hpp"
#include "support/figures.hpp"

using namespace soma;
using soma::test::near;

namespace {

using ops = core_graph<zoo::resnet<50>, bf16>;
using chain_type = core_chain<ops::size>;

chain_type chain_for(const detail::core_share& share, const deployment& how) {
    operation_place places[ops::size] = {};
    return chain_of<ops::size>(ops::list, places, share, how, calibrated);
}

}  // namespace

TEST_CASE("the cores of a chip share its bandwidth, up to what a core can move", "[stages]") {
    const chip& inferentia_1 = inf1_6xlarge.chip;
    const double all = inferentia_1.memory_bytes_per_second;
    CHECK(detail::share_of(inferentia_1, {.copies = 4}).memory_bytes_per_second == all / 4);
    CHECK(detail::share_of(inferentia_1, {.copies = 16}).memory_bytes_per_second == all / 4);
    CHECK(detail::share_of(inferentia_1, {.copies = 1}).memory_bytes_per_second
          == inferentia_1.core.dma_bytes_per_second);
}

TEST_CASE("tensors from chip to chip take the link if that is slower", "[stages]") {
    const chip& c = inf1_6xlarge.chip;
    const double dma = c.core.dma_bytes_per_second, link = c.link_bytes_per_second;
    CHECK(detail::share_of(c, {.pipeline_cores = 4}).link_bytes_per_second == dma);
    CHECK(detail::share_of(c, {.pipeline_cores = 8}).link_bytes_per_second
          == (link < dma ? link : dma));
}

TEST_CASE("what crosses a cut is what is made before it and read after", "[stages]") {
    // The first block's sum and, beside it, the block's input while the block runs.
    for (int i = 1; i < ops::size; ++i) {
        std::size_t bytes = 0;
        for (int j = 0; j < i; ++j) {
            bool read = false;
            for (int k = i; k < ops::size; ++k) {
                for (int n = 0; n < ops::list[k].input_count; ++n) {
                    read = read || ops::list[k].inputs[n] == j;
                }
            }
            bytes += read ? ops::list[j].output_bytes : 0;
        }
        REQUIRE(detail::crossing_bytes(ops::list, i) == bytes);
    }
}

TEST_CASE("a chain has the core's operations, and prices of cuts in pipelines only", "[stages]") {
    const deployment alone{.batch = 4}, pipelined{.batch = 4, .pipeline_cores = 4};
    const chain_type one = chain_for(detail::share_of(inf1_xlarge.chip, alone), alone);
    const chain_type four = chain_for(detail::share_of(inf1_xlarge.chip, pipelined), pipelined);
    CHECK(one.count == ops::size - 2);  // all but the edges
    for (int i = 0; i < one.count; ++i) {
        CHECK(one.links[i].cut_seconds == 0);
        const auto bytes =
            static_cast<double>(4 * detail::crossing_bytes(ops::list, four.operation[i]));
        const double price =
            bytes / detail::share_of(inf1_xlarge.chip, pipelined).link_bytes_per_second;
        CHECK(four.links[i].cut_seconds == (i > 0 ? price : 0));
    }
}

TEST_CASE("a stage's seconds are the sum of what they were spent on", "[stages]") {
    for (const int batch : {1, 4, 16}) {
        const deployment how{.batch = batch, .pipeline_cores = 4};
        const detail::core_share share = detail::share_of(inf1_xlarge.chip, how);
        const chain_type chain = chain_for(share, how);
        const stage_prediction stage =
            predict_stage(ops::list, chain, 10, chain.count, share, batch);
        double sum = 0;
        for (const double s : stage.stalled) {
            CHECK(s >= 0);
            sum += s;
        }
        CHECK(near(sum, stage.seconds, 1e-9));
        CHECK(stage.transferred_bytes
              == static_cast<std::size_t>(batch) * detail::crossing_bytes(ops::list, stage.first));
    }
}
