// SPDX-License-Identifier: MIT
#include <concepts>
#include <set>
#include <string>

#include <soma/compile/program.hpp>
#include <soma/model/zoo/bert.hpp>
#include <soma/runtime/weights/parameters.hpp>

#include "support/catch.hpp"

using namespace soma;

// HuggingFace's BertModel of bert-base-uncased and bert-large-uncased, pooler included, and
// DistilBertModel of distilbert-base-uncased.
static_assert(zoo::bert_base<>::parameter_count == 109'482'240);
static_assert(zoo::bert_large<>::parameter_count == 335'141'888);
static_assert(zoo::distilbert_base<>::parameter_count == 66'362'880);
static_assert(zoo::bert_base<384>::parameter_count == zoo::bert_base<128>::parameter_count,
              "the table of positions is as long as it was trained");

// In every layer: four linear layers, two of the intermediate size, two products of attention; the
// pooler at the end.
constexpr long long macs(long long layers, long long c, long long wide, long long tokens) {
    return layers * (tokens * (4 * c * c + 2 * c * wide) + 2 * tokens * tokens * c);
}
static_assert(zoo::bert_base<>::work.macs == macs(12, 768, 3072, 128) + 768 * 768);
static_assert(zoo::bert_base<>::work.macs == 11'174'215'680);
static_assert(zoo::bert_base<512>::work.macs == macs(12, 768, 3072, 512) + 768 * 768);
static_assert(zoo::bert_large<>::work.macs == macs(24, 1024, 4096, 128) + 1024 * 1024);
static_assert(zoo::distilbert_base<>::work.macs == macs(6, 768, 3072, 128));

static_assert(std::same_as<zoo::bert_base<>::input_shape, shape<128>>);
static_assert(std::same_as<zoo::bert_base<>::output_shape, shape<768>>);
static_assert(std::same_as<zoo::distilbert_base<64>::output_shape, shape<768, 64, 1>>);

// A sequence longer than the table of positions.
static_assert(zoo::bert_base<513>::error.what == fault::shape
              && zoo::bert_base<513>::error.layer.view() == "embeddings.position_embeddings"
              && zoo::bert_base<513>::error.expected.view() == "at most 512 tokens");

// A program is a plan: three tables, their sum in two nodes and its norm, nine nodes in each layer
// (activations and sums are part of linear layers), the first token and its pooler, the edges.
static_assert(lowered<zoo::bert_base<>>::data.size == 1 + 3 + 2 + 1 + 12 * 9 + 2 + 1);
static_assert(lowered<zoo::distilbert_base<>>::data.size == 1 + 2 + 1 + 1 + 6 * 9 + 1);

namespace {

template <class Model>
std::set<std::string> names() {
    std::set<std::string> all;
    for (const parameter_spec& spec : parameter_table<Model>::specs) {
        all.insert(parameter_table<Model>::name(spec));
    }
    return all;
}

template <class Model>
std::size_t learned() {
    std::size_t total = 0;
    for (const parameter_spec& spec : parameter_table<Model>::specs) {
        total += spec.elements;
    }
    return total;
}

void add(std::set<std::string>& all, const std::string& layer) {
    all.insert(layer + ".weight");
    all.insert(layer + ".bias");
}

}  // namespace

TEST_CASE("model/zoo/bert: names are those of BertModel's state_dict") {
    std::set<std::string> expected{"embeddings.word_embeddings.weight",
                                   "embeddings.position_embeddings.weight",
                                   "embeddings.token_type_embeddings.weight"};
    add(expected, "embeddings.LayerNorm");
    for (int i = 0; i < 12; ++i) {
        const std::string layer = "encoder.layer." + std::to_string(i);
        for (const char* part :
             {".attention.self.query", ".attention.self.key", ".attention.self.value",
              ".attention.output.dense", ".attention.output.LayerNorm", ".intermediate.dense",
              ".output.dense", ".output.LayerNorm"}) {
            add(expected, layer + part);
        }
    }
    add(expected, "pooler.dense");
    CHECK(names<zoo::bert_base<>>() == expected);
    CHECK(learned<zoo::bert_base<>>() == 109'482'240);
    CHECK(names<zoo::bert_large<>>().contains("encoder.layer.23.output.LayerNorm.bias"));
}

TEST_CASE("model/zoo/bert: names are those of DistilBertModel's state_dict") {
    std::set<std::string> expected{"embeddings.word_embeddings.weight",
                                   "embeddings.position_embeddings.weight"};
    add(expected, "embeddings.LayerNorm");
    for (int i = 0; i < 6; ++i) {
        const std::string layer = "transformer.layer." + std::to_string(i);
        for (const char* part :
             {".attention.q_lin", ".attention.k_lin", ".attention.v_lin", ".attention.out_lin",
              ".sa_layer_norm", ".ffn.lin1", ".ffn.lin2", ".output_layer_norm"}) {
            add(expected, layer + part);
        }
    }
    CHECK(names<zoo::distilbert_base<>>() == expected);
    CHECK(learned<zoo::distilbert_base<>>() == 66'362'880);
}

TEST_CASE("model/zoo/bert: a program plans the encoder") {
    using plan = program<zoo::bert_base<>, bf16>;
    CHECK(plan::work == zoo::bert_base<>::work);
    // Two bytes for each number; biases and norms have four.
    CHECK(plan::packed_bytes >= 2 * 109'482'240);
    CHECK(plan::packed_bytes < 2 * 109'482'240 * 1.01);
    // The widest step: 3072 features in and 768 out, beside the 768 that are added to them.
    CHECK(plan::least_activation_bytes >= 2 * 128 * (3072 + 768));
    CHECK(plan::activation_bytes < 2 * 128 * 2 * 3072);
    int sums = 0, gelus = 0;
    for (const plan_node& n : plan::nodes) {
        sums += n.kind == op::linear && n.residual >= 0;
        gelus += n.kind == op::linear && n.act == kernels::activation::gelu;
        CHECK((n.kind == op::attention) == (n.heads == 12));
    }
    CHECK(sums == 2 * 12);
    CHECK(gelus == 12);
}
