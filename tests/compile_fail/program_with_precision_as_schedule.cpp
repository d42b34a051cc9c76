// SPDX-License-Identifier: MIT
// expect-error: wrong_schedule
// expect-error: bf16
// expect-error: "a schedule policy"
#include <soma/compile/program.hpp>
#include <soma/layers/linear.hpp>
#include <soma/layers/pool.hpp>

using namespace soma;

struct net : model<input<float, 1, 8, 8>, layers::global_average_pool, layers::linear<"fc", 10>> {};

constexpr int nodes = program<net, fp32, bf16>::size;
