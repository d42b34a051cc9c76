// SPDX-License-Identifier: MIT
// expect-error: tensor_view<const double
// expect-error: tensor_view<const float
#include <soma/layers/linear.hpp>
#include <soma/layers/pool.hpp>
#include <soma/runtime/executor.hpp>

using namespace soma;

struct net : model<input<float, 1, 8, 8>, layers::global_average_pool, layers::linear<"fc", 10>> {};

void call(executor<program<net>>& run,
          tensor_view<const double, shape<1, 1, 8, 8>> in,
          tensor_view<float, shape<1, 10>> out) {
    run.run(in, out);
}
