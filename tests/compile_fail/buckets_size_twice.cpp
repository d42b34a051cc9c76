// SPDX-License-Identifier: MIT
// expect-error: bucket_size_used_twice
// expect-error: once
// expect-error: got<4>
#include <soma/layers/linear.hpp>
#include <soma/layers/pool.hpp>
#include <soma/runtime/serving/server.hpp>

using namespace soma;

struct net : model<input<float, 1, 8, 8>, layers::global_average_pool, layers::linear<"fc", 10>> {};
struct other : model<input<float, 1, 8, 8>, layers::max_pool<8>, layers::linear<"fc", 10>> {};

constexpr std::size_t samples =
    buckets<program<net>,
            program<net, fp32, batch<4>>,
            program<net, fp32, schedule<batch<2>, replicate<2>>>>::samples;
