// SPDX-License-Identifier: MIT
// expect-error: wrong_tensor_shape
// expect-error: run_output
// expect-error: shape<4, 10>
// expect-error: shape<4, 9>
#include <soma/layers/linear.hpp>
#include <soma/layers/pool.hpp>
#include <soma/runtime/executor.hpp>

using namespace soma;

struct net : model<input<float, 1, 8, 8>, layers::global_average_pool, layers::linear<"fc", 10>> {};

void call(executor<program<net, fp32, batch<4>>>& run,
          tensor_view<const float, shape<4, 1, 8, 8>> in,
          tensor_view<float, shape<4, 9>> out) {
    run.run(in, out);
}
