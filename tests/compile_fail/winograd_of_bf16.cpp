// SPDX-License-Identifier: MIT
// expect-error: wrong_precision
// expect-error: winograd<
// expect-error: expected_type<soma::fp32
// expect-error: got_type<soma::bf16>
#include <soma/layers/linear.hpp>
#include <soma/model/model.hpp>
#include <soma/policy/winograd.hpp>
#include <soma/runtime/executor.hpp>

struct net : soma::model<soma::input<float, 4, 1, 1>, soma::layers::linear<"fc", 3>> {};

constexpr auto bytes = soma::program<net, soma::winograd<soma::bf16>>::arena_bytes;
