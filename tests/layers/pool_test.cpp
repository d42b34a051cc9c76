// SPDX-License-Identifier: MIT
#include <soma/layers/pool.hpp>

#include "support/lower.hpp"

using namespace soma;
using layers::average_pool;
using layers::max_pool;
using test::gives;
using test::last;
using test::reports;

static_assert(layer_type<max_pool<2>> && layer_type<average_pool<2>>);
static_assert(gives<max_pool<2>>({6, 9, 8}, {6, 4, 4}), "the stride is the kernel unless given");
static_assert(gives<max_pool<3, stride<2>, padding<1>>>({64, 112, 112}, {64, 56, 56}));
static_assert(gives<average_pool<2, stride<1>>>({6, 9, 8}, {6, 8, 7}));
static_assert(gives<layers::global_average_pool>({6, 9, 8}, {6, 1, 1}));
static_assert(gives<layers::global_average_pool>({6}, {6}));

static_assert(last<max_pool<2>>({6, 9, 8}).kind == op::max_pool);
static_assert(last<average_pool<2>>({6, 9, 8}).kind == op::average_pool);
static_assert(last<average_pool<2>>({6, 9, 8}).count_include_pad);
static_assert(!last<average_pool<2, exclude_padding>>({6, 9, 8}).count_include_pad);
static_assert(last<max_pool<2>>({6, 9, 8}).work == workload{.vector_ops = 6 * 4 * 4 * 4});
static_assert(last<layers::global_average_pool>({6, 9, 8}).work == workload{.vector_ops = 6 * 72});

static_assert(gives<max_pool<2, padding<1>>>({6, 9, 8}, {6, 5, 5}));
static_assert(reports<max_pool<3, padding<2>>>(fault::argument,
                                               "max_pool",
                                               "padding of at most half the kernel",
                                               "padding 2x2",
                                               extents{6, 9, 8}));
static_assert(test::lower<max_pool<3, padding<2, 0>>>(extents{6, 9, 8}).error.what
              == fault::argument);
static_assert(test::lower<max_pool<3, padding<0, 2>>>(extents{6, 9, 8}).error.what
              == fault::argument);
static_assert(reports<average_pool<4>>(
    fault::window, "average_pool", "at least 4x4 pixels", "3x8 pixels", extents{6, 3, 8}));
static_assert(reports<max_pool<2, stride<0>>>(
    fault::argument, "max_pool", "stride of 1 or more", "0x0", extents{6, 9, 8}));
static_assert(reports<layers::global_average_pool>(
    fault::inputs, "global_average_pool", "1 input", "2 inputs", extents{6}, extents{6}));
