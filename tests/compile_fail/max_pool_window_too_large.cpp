// SPDX-License-Identifier: MIT
// expect-error: window_exceeds_input
// expect-error: "max_pool"
// expect-error: "at least 3x3 pixels"
// expect-error: "2x2 pixels"
#include <soma/compile/lowered.hpp>
#include <soma/layers/pool.hpp>

using namespace soma;

struct net : model<input<float, 3, 2, 2>, layers::max_pool<3>> {};

constexpr int nodes = lowered<net>::data.size;
