// SPDX-License-Identifier: MIT
#include <soma/layers/conv2d.hpp>

#include "support/lower.hpp"

using namespace soma;
using layers::conv2d;
using test::gives;
using test::last;
using test::reports;

static_assert(layer_type<conv2d<"c", 64, 3>>);
static_assert(gives<conv2d<"c", 64, 3>>({3, 32, 20}, {64, 30, 18}));
static_assert(gives<conv2d<"c", 64, 7, stride<2>, padding<3>>>({3, 224, 224}, {64, 112, 112}));
static_assert(gives<conv2d<"c", 4, 3, stride<2, 1>, padding<0, 1>>>({3, 9, 9}, {4, 4, 9}));
static_assert(gives<conv2d<"c", 4, 3, dilation<2, 3>>>({3, 9, 9}, {4, 5, 3}));
static_assert(gives<conv2d<"c", 4, 1, kernel_size<1, 5>, padding<0, 2>>>({3, 9, 9}, {4, 9, 9}));
static_assert(gives<conv2d<"c", 4, 9>>({3, 9, 9}, {4, 1, 1}), "a window of the image's size");

// Work and parameters: grouped, with and without bias.
static_assert(last<conv2d<"c", 64, 3>>({3, 32, 20}).work
              == workload{.macs = 64LL * 3 * 9 * 30 * 18, .parameters = 64 * 3 * 9});
static_assert(last<conv2d<"c", 8, 3, groups<4>, with_bias>>({12, 5, 5}).work
              == workload{.macs = 8LL * 3 * 9 * 3 * 3, .parameters = 8 * 3 * 9 + 8});
static_assert(last<conv2d<"c", 2000, 3, padding<1>>>({2000, 1000, 1000}).work.macs
                  == 36'000'000'000'000LL,
              "counts are wider than int");

static_assert([] {
    const node n =
        last<conv2d<"c", 8, 3, groups<4>, with_bias, stride<2, 3>, padding<1, 2>, dilation<4, 5>>>(
            {12, 40, 40});
    return n.kind == op::conv2d && n.groups == 4 && n.bias && n.name.leaf == "c"
           && n.win.stride_h == 2 && n.win.stride_w == 3 && n.win.pad_h == 1 && n.win.pad_w == 2
           && n.win.dilation_h == 4 && n.win.dilation_w == 5 && n.win.kernel_h == 3
           && n.win.kernel_w == 3 && !n.normalised && n.residual == -1;
}());

// Mistakes.
constexpr extents image{6, 8, 8};
static_assert(gives<conv2d<"c", 4, 3, in_channels<6>>>(image, {4, 6, 6}));
static_assert(reports<conv2d<"c", 4, 3, in_channels<7>>>(
    fault::shape, "c", "7 channels", "6 channels", image));
static_assert(reports<conv2d<"c", 4, 3, groups<4>>>(
    fault::shape, "c", "channels divisible by 4 groups", "6 and 4", image));
static_assert(reports<conv2d<"c", 4, 3, groups<3>>>(
    fault::shape, "c", "channels divisible by 3 groups", "6 and 4", image));
static_assert(test::lower<conv2d<"c", 4, 3, groups<0>>>(image).error.what != fault::none);
static_assert(test::lower<conv2d<"c", 4, 3, groups<-2>>>(image).error.what != fault::none);
static_assert(
    reports<conv2d<"c", 0, 3>>(fault::argument, "c", "at least 1 output channel", "0", image));
static_assert(
    reports<conv2d<"c", 4, 0>>(fault::argument, "c", "kernel of 1 or more", "0x0", image));
static_assert(reports<conv2d<"c", 4, 3, stride<1, 0>>>(
    fault::argument, "c", "stride of 1 or more", "1x0", image));
static_assert(reports<conv2d<"c", 4, 3, dilation<0>>>(
    fault::argument, "c", "dilation of 1 or more", "0x0", image));
static_assert(reports<conv2d<"c", 4, 3, padding<0, -1>>>(
    fault::argument, "c", "padding of 0 or more", "0x-1", image));
static_assert(reports<conv2d<"c", 4, 11, padding<1>>>(
    fault::window, "c", "at least 9x9 pixels", "8x8 pixels", image));
static_assert(reports<conv2d<"c", 4, 3>>(fault::inputs, "c", "1 input", "2 inputs", image, image));
