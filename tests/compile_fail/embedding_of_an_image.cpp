// SPDX-License-Identifier: MIT
// expect-error: wrong_input_shape
// expect-error: "embeddings.word_embeddings"
// expect-error: "token numbers"
// expect-error: "3x8x8"
#include <soma/compile/lowered.hpp>
#include <soma/layers/embedding.hpp>

using namespace soma;

struct net : model<input<float, 3, 8, 8>,
                   layers::scope<"embeddings", layers::embedding<"word_embeddings", 1000, 64>>> {};

constexpr int nodes = lowered<net>::data.size;
