// SPDX-License-Identifier: MIT
// expect-error: wrong_input_shape
// expect-error: "neck.halve"
// expect-error: "a shape that output accepts"
// expect-error: "3x7x8"
#include <soma/compile/lowered.hpp>
#include <soma/layers/custom.hpp>

using namespace soma;

/// Takes images of an even height only.
struct halve {
    static constexpr extents output(extents in) {
        return in.h % 2 == 0 ? extents{in.c, in.h / 2, in.w} : extents{0, 1, 1};
    }
    static constexpr workload work(extents) { return {}; }
    static void run(pixels<const float>, pixels<float>) noexcept {}
};

struct net : model<input<float, 3, 7, 8>, layers::scope<"neck", layers::custom<"halve", halve>>> {};

constexpr int nodes = lowered<net>::data.size;
