// SPDX-License-Identifier: MIT
// expect-error: kernel_not_written
// expect-error: "encoder.layer.0.attention.self"
// expect-error: "attention"}
// expect-error: "layer_norm"}
#include <soma/layers/attention.hpp>
#include <soma/layers/layer_norm.hpp>
#include <soma/layers/linear.hpp>
#include <soma/model/join.hpp>
#include <soma/runtime/executor.hpp>

using namespace soma;

using self_attention = layers::sequential<layers::parallel<layers::linear<"query", 64, each_token>,
                                                           layers::linear<"key", 64, each_token>,
                                                           layers::linear<"value", 64, each_token>>,
                                          layers::attention<4>>;

struct net
    : model<
          input<float, 64, 10, 1>,
          layers::scope<
              "encoder",
              layers::scope<
                  "layer",
                  layers::item<0,
                               layers::scope<"attention", layers::scope<"self", self_attention>>>>>,
          layers::layer_norm<"LayerNorm">> {};

using plan = program<net, bf16>;
static_assert(plan::size > 0 && plan::arena_bytes > 0, "it can be planned");

void run(const weights<net>& trained) {
    executor<plan> run{trained};
}
