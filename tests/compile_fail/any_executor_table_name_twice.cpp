// SPDX-License-Identifier: MIT
// expect-error: program_name_used_twice
// expect-error: fp32, batch 1, copies 1
#include <soma/layers/linear.hpp>
#include <soma/layers/pool.hpp>
#include <soma/runtime/any_executor.hpp>

using namespace soma;

struct net : model<input<float, 1, 8, 8>, layers::global_average_pool, layers::linear<"fc", 10>> {};

constexpr auto names = any_executor_table<program<net>, program<net, fp32, batch<1>>>::names();
