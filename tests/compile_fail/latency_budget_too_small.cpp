// SPDX-License-Identifier: MIT
// expect-error: latency_budget_cannot_be_met
// expect-error: net
// expect-error: "at most 0.05 ms"
// expect-error: "on inf1.xlarge"
// expect-error: ms at best"
// expect-error: "batch 1,
#include <soma/compile/choose.hpp>
#include <soma/hardware/instances.hpp>
#include <soma/layers/conv2d.hpp>
#include <soma/layers/pool.hpp>

using namespace soma;

struct net : model<input<float, 8, 16, 16>,
                   layers::conv2d<"conv", 16, 3, padding<1>>,
                   layers::global_average_pool> {};

constexpr double latency = best_under<net, bf16, inf1_xlarge, 0.05>::expected.latency_ms;
