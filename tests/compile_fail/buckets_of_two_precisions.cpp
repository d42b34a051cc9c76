// SPDX-License-Identifier: MIT
// expect-error: bucket_of_another_precision
// expect-error: expected_type<
// expect-error: got_type<
#include <soma/layers/linear.hpp>
#include <soma/layers/pool.hpp>
#include <soma/runtime/serving/server.hpp>

using namespace soma;

struct net : model<input<float, 1, 8, 8>, layers::global_average_pool, layers::linear<"fc", 10>> {};
struct other : model<input<float, 1, 8, 8>, layers::max_pool<8>, layers::linear<"fc", 10>> {};

constexpr std::size_t samples = buckets<program<net>, program<net, bf16, batch<4>>>::samples;
