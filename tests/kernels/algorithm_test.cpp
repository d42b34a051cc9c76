// SPDX-License-Identifier: MIT
#include <soma/kernels/algorithm.hpp>

using namespace soma;
using namespace soma::kernels;

namespace {

constexpr conv_geometry square(int size, int in, int out) {
    conv_geometry g;
    g.in_h = g.in_w = g.out_h = g.out_w = size;
    g.in_c = g.in_pitch = in;
    g.out_c = g.out_pitch = out;
    g.kernel_h = g.kernel_w = 3;
    g.pad_h = g.pad_w = 1;
    return g;
}

constexpr algorithm best(int size, int in, int out) {
    return cheapest_algorithm(square(size, in, out));
}

constexpr conv_geometry strided = [] {
    conv_geometry g = square(56, 64, 64);
    g.stride_h = g.stride_w = 2;
    g.out_h = g.out_w = 28;
    return g;
}();
constexpr conv_geometry batched = [] {
    conv_geometry g = square(7, 512, 512);
    g.batch = 64;
    return g;
}();

}  // namespace

// What was measured to be fastest with cold weights, ResNet-50 and VGG-16.
static_assert(best(56, 64, 64) == algorithm::winograd_4x4);
static_assert(best(28, 128, 128) == algorithm::winograd_4x4);
static_assert(best(14, 256, 256) == algorithm::winograd_2x2);
static_assert(best(7, 512, 512) == algorithm::direct);
static_assert(best(224, 64, 64) == algorithm::winograd_4x4);
static_assert(best(28, 512, 512) == algorithm::winograd_4x4);

static_assert(cheapest_algorithm(strided) == algorithm::direct);
// The choice decides bits, so the batch has no say in it.
static_assert(cheapest_algorithm(batched) == algorithm::direct);

static_assert(detail::taps_inside(5, 5, 1) == 13 && detail::taps_inside(5, 3, 0) == 9);
static_assert(detail::taps_inside(1, 1, 1) == 1 && detail::taps_inside(3, 5, 2) == 9);

static_assert(name(algorithm::direct).empty() && name(algorithm::winograd_4x4) == "winograd 4x4");
static_assert(winograd_outputs(algorithm::winograd_2x2) == 2
              && winograd_outputs(algorithm::winograd_4x4) == 4);
