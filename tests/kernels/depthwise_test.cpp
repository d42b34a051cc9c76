// SPDX-License-Identifier: MIT
#include <soma/kernels/depthwise.hpp>

#include "support/catch.hpp"
#include "support/conv_problem.hpp"

using namespace soma;
using namespace soma::kernels;
using namespace soma::test;

namespace {

using isa = simd::native;

/// A depthwise layer of `channels` channels.
constexpr conv_geometry layer(int channels, int kernel, int stride, format stored) {
    conv_geometry g;
    g.batch = 2;
    g.groups = g.in_c = g.out_c = channels;
    g.in_pitch = g.out_pitch = pitch_of(channels, stored);
    g.kernel_h = g.kernel_w = kernel;
    g.stride_h = g.stride_w = stride;
    g.pad_h = g.pad_w = kernel / 2;
    g.in_h = 9;
    g.in_w = 11;
    g.out_h = (g.in_h + 2 * g.pad_h - kernel) / stride + 1;
    g.out_w = (g.in_w + 2 * g.pad_w - kernel) / stride + 1;
    return g;
}

template <class T>
void check() {
    static constexpr std::array cases{layer(2, 3, 1, format_of<T>), layer(16, 3, 2, format_of<T>),
                                      layer(37, 5, 1, format_of<T>), layer(96, 3, 1, format_of<T>)};
    static constexpr tile_set needed = tiles_of<isa, T>(cases);
    STATIC_REQUIRE(needed.dense == 0);
    for (int variant = 0; variant < 8; ++variant) {
        for (const conv_geometry& g : cases) {
            const conv_problem<T, T> problem(g, 8);
            const conv_faults faults = faults_of<isa, needed>(problem, variant);
            INFO(g.in_c << " channels, variant " << variant);
            CHECK(faults.inexact == 0);
            CHECK(faults.overrun == 0);
        }
    }
}

}  // namespace

TEST_CASE("depthwise convolutions agree with their definition in every format") {
    check<float>();
    check<bfloat16>();
    check<float16>();
}
