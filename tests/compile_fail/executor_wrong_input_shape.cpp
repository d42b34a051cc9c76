// SPDX-License-Identifier: MIT
// expect-error: wrong_tensor_shape
// expect-error: run_input
// expect-error: shape<4, 1, 8, 8>
// expect-error: shape<1, 8, 8>
#include <soma/layers/linear.hpp>
#include <soma/layers/pool.hpp>
#include <soma/runtime/executor.hpp>
#include <soma/tensor/tensor.hpp>

using namespace soma;

struct net : model<input<float, 1, 8, 8>, layers::global_average_pool, layers::linear<"fc", 10>> {};

void call(executor<program<net, fp32, batch<4>>>& run,
          const tensor<float, shape<1, 8, 8>>& in,
          tensor<float, shape<4, 10>>& out) {
    run.run(in, out);
}
