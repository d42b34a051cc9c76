// SPDX-License-Identifier: MIT
#include <string_view>

#include <soma/compile/analyze.hpp>
#include <soma/hardware/instances.hpp>
#include <soma/layers/activation.hpp>
#include <soma/layers/linear.hpp>
#include <soma/layers/pool.hpp>
#include <soma/layers/softmax.hpp>
#include <soma/model/model.hpp>
#include <soma/model/zoo/bert.hpp>
#include <soma/model/zoo/resnet.hpp>

#include "support/catch.hpp"

using namespace soma;

namespace {

/// Two matrices, four pools in a row between them.
struct pooled : model<input<float, 4, 32, 32>,
                      layers::conv2d<"stem", 8, 1>,
                      layers::max_pool<2>,
                      layers::max_pool<2>,
                      layers::max_pool<2>,
                      layers::max_pool<2>,
                      layers::flatten,
                      layers::linear<"fc", 10>,
                      layers::softmax> {};

constexpr auto in_fp32 = analyze<pooled>(neuron_core_v1);
constexpr auto with_cast = analyze<pooled, matmul_cast<bf16>>(inf1_xlarge);

template <class Analysis>
constexpr analysed_operator find(const Analysis& table, std::string_view name) {
    for (const analysed_operator& row : table) {
        if (row.name.view() == name) {
            return row;
        }
    }
    return {};
}

}  // namespace

// The table is a constant, made without weights.
static_assert(in_fp32.core == "NeuronCore-v1" && with_cast.core == "NeuronCore-v1");
static_assert(with_cast.summary.host_nodes == 0 && with_cast.summary.subgraphs == 1);

TEST_CASE("a row holds what a node computes, in which format, from how many bytes") {
    const analysed_operator stem = find(with_cast, "stem");
    CHECK(stem.kind == op::conv2d);
    CHECK(stem.computed == format::bf16);
    CHECK(stem.macs == 32 * 32 * 4 * 8);
    CHECK(stem.flops >= 2 * stem.macs);
    CHECK(stem.weight_bytes == 4 * 8 * 2);
    CHECK(stem.output_bytes == 32 * 32 * 8 * 4);
    CHECK(stem.place == operation_place{false, refusal::none, 0});

    const analysed_operator fc = find(with_cast, "fc");
    CHECK(fc.kind == op::linear);
    CHECK(fc.macs == 2 * 2 * 8 * 10);
    CHECK(fc.output_bytes == 10 * 4);

    int pools = 0;
    for (const analysed_operator& row : with_cast) {
        pools += row.kind == op::max_pool ? 1 : 0;
        CHECK((row.kind != op::max_pool || (row.macs == 0 && row.computed == format::f32)));
    }
    CHECK(pools == 4);
    CHECK(with_cast.operators[0].kind == op::input);
    CHECK(with_cast.operators[with_cast.size - 1].kind == op::output);
}

TEST_CASE("FP32 products are on the host of NeuronCore-v1, with the reason; pools are not") {
    CHECK(find(in_fp32, "stem").place == operation_place{true, refusal::no_format, 0});
    CHECK(find(in_fp32, "fc").place == operation_place{true, refusal::no_format, 2});
    for (const analysed_operator& row : in_fp32) {
        if (row.kind == op::max_pool) {
            CHECK(row.place == operation_place{false, refusal::none, 1});
        }
        if (row.kind == op::softmax) {  // alone after fc
            CHECK(row.place == operation_place{true, refusal::small_segment, 2});
        }
    }
    CHECK(in_fp32.summary.subgraphs == 3);
    CHECK(in_fp32.summary.placed_flops() < 0.5);
    CHECK(analyze<pooled, fp32>(inf2_xlarge).summary.host_nodes == 0);
}

TEST_CASE("options reach the placement") {
    const auto table = analyze<pooled, fp32>(neuron_core_v1, {.min_segment = 5});
    CHECK(table.summary.core_nodes == 0);
    CHECK(table.summary.subgraphs == 1);
}

TEST_CASE("networks of the zoo are whole on the cores of both generations") {
    const auto r50 = analyze<zoo::resnet<50>, bf16>(neuron_core_v1);
    long long macs = 0;
    int products = 0;
    for (const analysed_operator& row : r50) {
        macs += row.macs;
        products += row.macs > 0 ? 1 : 0;
    }
    CHECK(macs == 4'089'184'256);
    CHECK(products == 54);
    CHECK(r50.summary.host_nodes == 0);
    CHECK(r50.summary.subgraphs == 1);
    CHECK(r50.summary.placed_flops() == 1.0);
    CHECK(find(r50, "layer4.2.conv3").macs == 7LL * 7 * 512 * 2048);
    CHECK(analyze<zoo::resnet<50>, fp32>(neuron_core_v2).summary.host_nodes == 0);

    // In FP32, which v1 does not multiply, the two pools are too little to come back for.
    const auto r50_fp32 = analyze<zoo::resnet<50>, fp32>(neuron_core_v1);
    CHECK(r50_fp32.summary.core_nodes == 0);
    CHECK(r50_fp32.summary.placed_flops() == 0.0);
    int unsupported = 0;
    for (const analysed_operator& row : r50_fp32) {
        unsupported += row.place.why == refusal::no_format ? 1 : 0;
    }
    CHECK(unsupported == 54);

    const auto bert = analyze<zoo::bert_base<>, auto_cast<bf16>>(neuron_core_v1);
    CHECK(bert.summary.host_nodes == 0);
    CHECK(find(bert, "embeddings.word_embeddings").weight_bytes == 30'522UL * 768 * 2);
    CHECK(analyze<zoo::bert_base<>, matmul_cast<fp16>>(neuron_core_v1).summary.host_nodes == 0);
}
