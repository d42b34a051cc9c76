// SPDX-License-Identifier: MIT

/// \file
/// The shape of the trade-off between batching and pipelining that the vendor documents, on
/// predicted numbers: each claim with its reason.

#include <soma/compile/choose.hpp>
#include <soma/compile/predict.hpp>

#include <cstddef>
#include <vector>

#include <soma/compile/core_graph.hpp>
#include <soma/hardware/instances.hpp>
#include <soma/layers/activation.hpp>
#include <soma/layers/conv2d.hpp>
#include <soma/layers/linear.hpp>
#include <soma/layers/pool.hpp>
#include <soma/model/zoo/bert.hpp>
#include <soma/model/zoo/resnet.hpp>

#include "support/catch.hpp"

using namespace soma;

namespace {

/// A network whose weights, 0.3 MB, stay in one core's memory whatever its pipeline.
struct small : model<input<float, 16, 28, 28>,
                     layers::conv2d<"conv1", 64, 3, padding<1>>,
                     layers::relu,
                     layers::conv2d<"conv2", 64, 3, padding<1>>,
                     layers::relu,
                     layers::conv2d<"conv3", 64, 3, padding<1>>,
                     layers::relu,
                     layers::conv2d<"conv4", 64, 3, padding<1>>,
                     layers::global_average_pool,
                     layers::linear<"fc", 10>> {};

constexpr const operation_list& resnet50 = core_graph<zoo::resnet<50>, fp16>::list;
constexpr const operation_list& bert_base = core_graph<zoo::bert_base<128>, bf16>::list;
constexpr const operation_list& small_net = core_graph<small, bf16>::list;

prediction on_inf1(const operation_list& model, const deployment& how) {
    const prediction p = predict(model, inf1_6xlarge, how);
    CAPTURE(how.batch, how.pipeline_cores, how.copies);
    REQUIRE(p.fits());
    return p;
}

std::size_t weight_bytes(const operation_list& model) {
    std::size_t bytes = 0;
    for (int i = 0; i < model.size; ++i) {
        bytes += model[i].weight_bytes;
    }
    return bytes;
}

std::size_t spilled(const operation_list& model, const deployment& how) {
    stage_list stages;
    REQUIRE(predict(model, inf1_6xlarge, how, calibrated, &stages).fits());
    std::size_t bytes = 0;
    for (int s = 0; s < stages.count; ++s) {
        bytes += stages.at[s].spilled_bytes;
    }
    return bytes;
}

}  // namespace

TEST_CASE("batching raises throughput until activations spill", "[compile][trade_off]") {
    // One read of the weights serves the whole batch, and four cores share a chip's memory: at
    // batch 1 they wait for weights.
    const auto at = [](int batch) { return deployment{.batch = batch, .copies = 16}; };
    const prediction one = on_inf1(resnet50, at(1));
    CHECK(one.weights == weight_state::streamed);
    CHECK(one.bottleneck == stall::weights);

    double throughput = 0, latency = 0;
    for (const int batch : {1, 2, 3, 4}) {
        const prediction p = on_inf1(resnet50, at(batch));
        CAPTURE(batch);
        CHECK(p.throughput > throughput);
        // Every sample of a batch waits for the others.
        CHECK(p.latency_ms > latency);
        throughput = p.throughput;
        latency = p.latency_ms;
    }
    CHECK(throughput > 1.5 * one.throughput);

    // The vendor's sweep compiled ResNet-50 in FP16 up to batch 5. Beyond, the activations of a
    // batch leave on-chip memory and come back for every layer: more samples, more bytes each.
    CHECK(spilled(resnet50, at(1)) == 0);
    CHECK(spilled(resnet50, at(8)) > 0);
    CHECK(spilled(resnet50, at(16)) > 2 * spilled(resnet50, at(8)));
    CHECK(on_inf1(resnet50, at(8)).throughput < throughput);
    CHECK(on_inf1(resnet50, at(16)).throughput < on_inf1(resnet50, at(8)).throughput);
    CHECK(on_inf1(resnet50, at(16)).bottleneck == stall::activations);

    // The best batch of the search lies between.
    std::vector<operation_place> places(static_cast<std::size_t>(resnet50.size));
    const placement_summary summary =
        place(resnet50, inf1_6xlarge.chip.core, placement_options{}, places.data());
    const int single[] = {1};
    const choice best = choose(resnet50, places.data(), summary, inf1_6xlarge, any_latency,
                               {.pipeline_cores = single});
    REQUIRE(best.found);
    CHECK(best.how.batch >= 3);
    CHECK(best.how.batch <= 6);
}

TEST_CASE("pipelining keeps latency low while throughput rises with cores",
          "[compile][trade_off]") {
    // BERT-base has 170 MB of 16-bit weights: one core streams nearly all of them for every call,
    // sixteen keep them. A stage works on one call while its neighbours work on others.
    const prediction alone = on_inf1(bert_base, {.batch = 1});
    double throughput = 0;
    for (const int cores : {1, 2, 4, 8, 16}) {
        const prediction p = on_inf1(bert_base, {.batch = 1, .pipeline_cores = cores});
        CAPTURE(cores);
        CHECK(p.throughput > throughput);
        // A call passes the same operators one after the other. Where four cores of a chip read
        // weights at once, each has a quarter of the bandwidth; that, and calls that wait for the
        // slowest stage, is all that is added.
        CHECK(p.latency_ms < 2 * alone.latency_ms);
        throughput = p.throughput;
    }
    const prediction sixteen = on_inf1(bert_base, {.batch = 1, .pipeline_cores = 16});
    CHECK(sixteen.throughput > 8 * alone.throughput);
    CHECK(sixteen.latency_ms < 1.25 * alone.latency_ms);

    // Sixteen copies get more out of the same cores in batches, at several times the latency; and
    // even for no more throughput than the pipeline's they need a batch that takes longer.
    const prediction batched = on_inf1(bert_base, {.batch = 6, .copies = 16});
    CHECK(batched.throughput > 1.5 * sixteen.throughput);
    CHECK(batched.latency_ms > 2 * sixteen.latency_ms);
    for (const int batch : {1, 2, 3, 4, 6, 8}) {
        const prediction p = on_inf1(bert_base, {.batch = batch, .copies = 16});
        CAPTURE(batch);
        CHECK((p.throughput < sixteen.throughput || p.latency_ms > 1.5 * sixteen.latency_ms));
    }
}

TEST_CASE("small models gain nothing per core from a pipeline", "[compile][trade_off]") {
    // The weights stay on one core as they are, so a pipeline has none to save; its stages hand
    // tensors over and are never quite equal. Copies of one core each do neither.
    CHECK(static_cast<double>(weight_bytes(small_net)) < inf1_6xlarge.chip.core.memory_bytes / 8);
    const prediction copies = on_inf1(small_net, {.batch = 1, .copies = 4, .workers = 2});
    CHECK(copies.weights == weight_state::cached);
    for (const int cores : {2, 4}) {
        // Eight calls are in flight on the four cores, as they are with copies.
        const prediction p = on_inf1(
            small_net,
            {.batch = 1, .pipeline_cores = cores, .copies = 4 / cores, .workers = 2 * cores});
        CAPTURE(cores);
        CHECK(p.weights == weight_state::cached);
        CHECK(p.throughput <= copies.throughput * (1 + 1e-9));
        CHECK(p.unloaded_ms >= copies.unloaded_ms * (1 - 1e-9));
    }

    // Where weights do not stay, a pipeline does gain: the same comparison the other way round.
    const prediction streaming = on_inf1(bert_base, {.batch = 1, .copies = 16});
    const prediction piped = on_inf1(bert_base, {.batch = 1, .pipeline_cores = 16, .copies = 1});
    CHECK(piped.throughput > streaming.throughput);
    CHECK(piped.latency_ms < streaming.latency_ms);
}
