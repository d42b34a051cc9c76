// SPDX-License-Identifier: MIT
// expect-error: wrong_tensor_shape
// expect-error: executor_output
// expect-error: shape<12>
// expect-error: shape<10>
#include <utility>

#include <soma/layers/linear.hpp>
#include <soma/layers/pool.hpp>
#include <soma/runtime/any_executor.hpp>

using namespace soma;

struct net : model<input<float, 1, 8, 8>, layers::global_average_pool, layers::linear<"fc", 10>> {};

any_executor<shape<1, 8, 8>, shape<12>> forget(executor<program<net>>&& run) {
    return std::move(run);
}
