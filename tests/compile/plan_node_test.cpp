// SPDX-License-Identifier: MIT
#include <type_traits>

#include <soma/compile/plan_node.hpp>

using namespace soma;

namespace {

constexpr plan_node conv = [] {
    plan_node n;
    n.kind = op::conv2d;
    n.in_shape = {3, 9, 7};
    n.out_shape = {5, 4, 3};
    n.in_pitch = 4;
    n.out_pitch = 6;
    n.out = format::bf16;
    n.win = {.kernel_h = 3,
             .kernel_w = 2,
             .stride_h = 2,
             .stride_w = 1,
             .pad_h = 1,
             .pad_w = 0,
             .dilation_h = 1,
             .dilation_w = 3};
    n.groups = 1;
    return n;
}();

}  // namespace

static_assert(std::is_trivially_copyable_v<plan_node>, "programs are data");

static_assert(stored_pixels(conv) == 12);
static_assert(stored_bytes(conv) == 12 * 6 * 2);
static_assert([] {
    plan_node n = conv;
    n.halo_h = 1;
    n.halo_w = 2;
    n.out = format::f32;
    return stored_pixels(n) == 6 * 7 && stored_bytes(n) == 6 * 7 * 6 * 4;
}());

static_assert(layer_geometry(conv, 8)
              == kernels::conv_geometry{.batch = 8,
                                        .in_h = 9,
                                        .in_w = 7,
                                        .in_c = 3,
                                        .in_pitch = 4,
                                        .out_h = 4,
                                        .out_w = 3,
                                        .out_c = 5,
                                        .out_pitch = 6,
                                        .kernel_h = 3,
                                        .kernel_w = 2,
                                        .stride_h = 2,
                                        .stride_w = 1,
                                        .pad_h = 1,
                                        .pad_w = 0,
                                        .dilation_h = 1,
                                        .dilation_w = 3,
                                        .groups = 1});
static_assert([] {
    plan_node n = conv;
    n.kind = op::average_pool;
    n.count_include_pad = false;
    return pooling_geometry(n, 8)
           == kernels::pool_geometry{.batch = 8,
                                     .in_h = 9,
                                     .in_w = 7,
                                     .c = 3,
                                     .pitch = 4,
                                     .out_h = 4,
                                     .out_w = 3,
                                     .kernel_h = 3,
                                     .kernel_w = 2,
                                     .stride_h = 2,
                                     .stride_w = 1,
                                     .pad_h = 1,
                                     .pad_w = 0,
                                     .count_include_pad = false};
}());
