// SPDX-License-Identifier: MIT
#include <cstddef>
#include <random>
#include <soma/compile/core_graph.hpp>
#include <soma/model/zoo/bert.hpp>
#include <soma/model/zoo/resnet.hpp>
#include <soma/model/zoo/vgg.hpp>
#include <vector>

#include "support/catch.hpp"

using namespace soma;

namespace {

template <class Model, class Precision = bf16>
struct totals {
    long long macs = 0;
    std::size_t weight_bytes = 0, table_bytes = 0;

    constexpr totals() {
        for (int i = 0; i < core_graph<Model, Precision>::size; ++i) {
            const operation& o = core_graph<Model, Precision>::list[i];
            for (const matrix_product& p : o.products) {
                macs += p.macs();
            }
            weight_bytes += o.weight_bytes;
            table_bytes += o.table_bytes;
        }
    }
};

template <class Model>
constexpr long long graph_macs() {
    long long macs = 0;
    for (int i = 0; i < lowered<Model>::graph.size; ++i) {
        macs += lowered<Model>::data.nodes[i].work.macs;
    }
    return macs;
}

}  // namespace

// Counted twice: by the layers, and by the products that the engine sees.
static_assert(totals<zoo::resnet<18>>{}.macs == graph_macs<zoo::resnet<18>>());
static_assert(totals<zoo::resnet<50>>{}.macs == graph_macs<zoo::resnet<50>>());
static_assert(totals<zoo::vgg<16>>{}.macs == graph_macs<zoo::vgg<16>>());
static_assert(totals<zoo::bert_base<>>{}.macs == graph_macs<zoo::bert_base<>>());

// Learned numbers in the format that multiplies, tables in that of activations.
static_assert(totals<zoo::resnet<50>>{}.weight_bytes == 2 * 25'557'032);
static_assert(totals<zoo::resnet<50>, fp32>{}.weight_bytes == 4 * 25'557'032);
static_assert(totals<zoo::resnet<50>, matmul_cast<bf16>>{}.weight_bytes < 2.01 * 25'557'032);
static_assert(totals<zoo::bert_base<>>{}.weight_bytes + totals<zoo::bert_base<>>{}.table_bytes
              == 2 * 109'482'240);

// A caller's tensors: FP32 unless the model was converted as a whole.
static_assert(core_graph<zoo::resnet<50>, fp16>::list.input_bytes == 3 * 224 * 224 * 2);
static_assert(core_graph<zoo::resnet<50>, auto_cast<bf16>>::list.input_bytes == 3 * 224 * 224 * 4);
static_assert(core_graph<zoo::resnet<50>, fp16>::list.output_bytes == 2000);

TEST_CASE("activations of ResNet-50 that live at once", "[core_graph]") {
    using graph = core_graph<zoo::resnet<50>, fp16>;
    std::size_t most = 0;
    for (int i = 0; i < graph::size; ++i) {
        most = graph::list[i].live_bytes > most ? graph::list[i].live_bytes : most;
    }
    // Where 28 x 28 begins: the input of the block, 256 channels of 56 x 56, is kept for the
    // projection beside 128 channels of 56 x 56 and of 28 x 28.
    CHECK(most == 2 * (256 * 56 * 56 + 128 * 56 * 56 + 128 * 28 * 28));
}

TEST_CASE("lives of random graphs are those that a list of buffers has", "[core_graph]") {
    std::mt19937 random(5);
    for (int round = 0; round < 500; ++round) {
        const int count = 2 + round % 12;
        std::vector<operation> all(static_cast<std::size_t>(count));
        for (int i = 0; i < count; ++i) {
            operation& o = all[static_cast<std::size_t>(i)];
            // Convolutions write no result over an input.
            o.kind = i == 0 ? op::input : op::conv2d;
            o.output_bytes = 1 + random() % 100;
            if (i > 0) {
                o.inputs[0] = static_cast<std::int16_t>(random() % static_cast<unsigned>(i));
                o.input_count = 1;
            }
        }
        passes::measure_lives(all.data(), count);
        for (int step = 0; step < count; ++step) {
            std::size_t live = 0;
            for (int i = 0; i <= step; ++i) {
                int last = i;
                for (int j = i + 1; j < count; ++j) {
                    last = all[static_cast<std::size_t>(j)].inputs[0] == i ? j : last;
                }
                live += last >= step ? all[static_cast<std::size_t>(i)].output_bytes : 0;
            }
            REQUIRE(all[static_cast<std::size_t>(step)].live_bytes == live);
        }
    }
}

TEST_CASE("a sum is written over the term that it reads last", "[core_graph]") {
    operation all[3];
    all[0].kind = op::input;
    all[1].kind = op::conv2d;
    all[1].input_count = 1;
    all[2].kind = op::add;
    all[2].input_count = 2;
    all[2].inputs[0] = 0;
    all[2].inputs[1] = 1;
    for (operation& o : all) {
        o.output_bytes = 100;
    }
    passes::measure_lives(all, 3);
    CHECK(all[1].live_bytes == 200);
    CHECK(all[2].live_bytes == 200);
}
