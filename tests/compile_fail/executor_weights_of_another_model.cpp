// SPDX-License-Identifier: MIT
// expect-error: weights_of_another_model
// expect-error: expected_type<net>
// expect-error: got_type<other>
#include <soma/layers/linear.hpp>
#include <soma/layers/pool.hpp>
#include <soma/runtime/executor.hpp>

using namespace soma;

struct net : model<input<float, 1, 8, 8>, layers::global_average_pool, layers::linear<"fc", 10>> {};
struct other : model<input<float, 1, 8, 8>, layers::global_average_pool, layers::linear<"fc", 9>> {
};

executor<program<net>> run(const weights<other>& trained) {
    return executor<program<net>>(trained);
}
