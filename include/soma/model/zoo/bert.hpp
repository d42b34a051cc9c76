// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Transformer encoders as HuggingFace builds them: BERT with its pooler, and DistilBERT.
///
/// Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers for Language
/// Understanding" (2018); Sanh et al., "DistilBERT, a distilled version of BERT" (2019). The names
/// are those in the state_dicts of BertModel and DistilBertModel. One segment, no padding: every
/// token attends to every other and has the first token type.

#include <soma/layers/activation.hpp>
#include <soma/layers/attention.hpp>
#include <soma/layers/embedding.hpp>
#include <soma/layers/first_token.hpp>
#include <soma/layers/layer_norm.hpp>
#include <soma/layers/linear.hpp>
#include <soma/model/join.hpp>
#include <soma/model/model.hpp>
#include <soma/model/sequential.hpp>

namespace soma::zoo {

/// The words, positions and token types that the published uncased models were trained on.
inline constexpr int bert_words = 30'522;
inline constexpr int bert_positions = 512;
inline constexpr int bert_types = 2;

namespace detail {

struct bert_epsilon {
    static constexpr double value = 1e-12;
};
template <fixed_string Name>
using bert_norm = layers::layer_norm<Name, bert_epsilon>;

/// Attention, then two linear layers for each token, each beside a shortcut and normalised behind
/// it.
template <int Hidden, int Heads, int Intermediate>
struct bert_layer
    : layers::sequential<
          layers::scope<
              "attention",
              layers::residual<layers::sequential<
                  layers::scope<"self",
                                layers::parallel<layers::linear<"query", Hidden, each_token>,
                                                 layers::linear<"key", Hidden, each_token>,
                                                 layers::linear<"value", Hidden, each_token>>,
                                layers::attention<Heads>>,
                  layers::scope<"output", layers::linear<"dense", Hidden, each_token>>>>,
              layers::scope<"output", bert_norm<"LayerNorm">>>,
          layers::residual<layers::sequential<
              layers::scope<"intermediate",
                            layers::linear<"dense", Intermediate, each_token>,
                            layers::gelu>,
              layers::scope<"output", layers::linear<"dense", Hidden, each_token>>>>,
          layers::scope<"output", bert_norm<"LayerNorm">>> {};

/// The same layer under DistilBERT's names.
template <int Hidden, int Heads, int Intermediate>
struct distilbert_layer
    : layers::sequential<
          layers::residual<
              layers::scope<"attention",
                            layers::parallel<layers::linear<"q_lin", Hidden, each_token>,
                                             layers::linear<"k_lin", Hidden, each_token>,
                                             layers::linear<"v_lin", Hidden, each_token>>,
                            layers::attention<Heads>,
                            layers::linear<"out_lin", Hidden, each_token>>>,
          bert_norm<"sa_layer_norm">,
          layers::residual<layers::scope<"ffn",
                                         layers::linear<"lin1", Intermediate, each_token>,
                                         layers::gelu,
                                         layers::linear<"lin2", Hidden, each_token>>>,
          bert_norm<"output_layer_norm">> {};

template <int Layers, int Hidden, int Heads, int Intermediate, int Tokens>
using bert_model = model<
    tokens<Tokens>,
    layers::scope<
        "embeddings",
        layers::sum<layers::embedding<"word_embeddings", bert_words, Hidden>,
                    layers::position_embedding<"position_embeddings", bert_positions, Hidden>,
                    layers::segment_embedding<"token_type_embeddings", bert_types, Hidden>>,
        bert_norm<"LayerNorm">>,
    layers::scope<
        "encoder",
        layers::scope<"layer", layers::repeat<Layers, bert_layer<Hidden, Heads, Intermediate>>>>,
    layers::first_token,
    layers::scope<"pooler", layers::linear<"dense", Hidden>, layers::tanh>>;

template <int Layers, int Hidden, int Heads, int Intermediate, int Tokens>
using distilbert_model = model<
    tokens<Tokens>,
    layers::scope<
        "embeddings",
        layers::sum<layers::embedding<"word_embeddings", bert_words, Hidden>,
                    layers::position_embedding<"position_embeddings", bert_positions, Hidden>>,
        bert_norm<"LayerNorm">>,
    layers::scope<
        "transformer",
        layers::scope<"layer",
                      layers::repeat<Layers, distilbert_layer<Hidden, Heads, Intermediate>>>>>;

}  // namespace detail

/// BERT for sequences of `Tokens` tokens; returns the pooled first token, `Hidden` features.
template <int Layers, int Hidden, int Heads, int Intermediate, int Tokens>
struct bert : detail::bert_model<Layers, Hidden, Heads, Intermediate, Tokens> {};

template <int Tokens = 128>
struct bert_base : bert<12, 768, 12, 3072, Tokens> {};
template <int Tokens = 128>
struct bert_large : bert<24, 1024, 16, 4096, Tokens> {};

/// DistilBERT for sequences of `Tokens` tokens; returns the features of every token.
template <int Layers, int Hidden, int Heads, int Intermediate, int Tokens>
struct distilbert : detail::distilbert_model<Layers, Hidden, Heads, Intermediate, Tokens> {};

template <int Tokens = 128>
struct distilbert_base : distilbert<6, 768, 12, 3072, Tokens> {};

}  // namespace soma::zoo
