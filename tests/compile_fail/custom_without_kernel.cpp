// SPDX-License-Identifier: MIT
// expect-error: custom: run(pixels<const T>, pixels<T>) must accept float, float16 or bfloat16
#include <soma/compile/lowered.hpp>
#include <soma/layers/custom.hpp>

using namespace soma;

struct nothing {
    static constexpr extents output(extents in) { return in; }
    static constexpr workload work(extents) { return {}; }
};

struct net : model<input<float, 3>, layers::custom<"nothing", nothing>> {};

constexpr int nodes = lowered<net>::data.size;
