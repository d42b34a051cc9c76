// SPDX-License-Identifier: MIT
// expect-error: wrong_input_shape
// expect-error: "embeddings.position_embeddings"
// expect-error: "at most 512 tokens"
// expect-error: "1024 tokens"
#include <soma/compile/lowered.hpp>
#include <soma/model/zoo/bert.hpp>

using namespace soma;

constexpr int nodes = lowered<zoo::bert_base<1024>>::data.size;
