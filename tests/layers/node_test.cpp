// SPDX-License-Identifier: MIT
#include <type_traits>

#include <soma/layers/node.hpp>

using namespace soma;

static_assert(std::is_trivially_copyable_v<node>, "both compilers copy it often");
static_assert(node{}.heads == 0 && node{}.row == table_row::numbered && !node{}.numbers);
static_assert(node{}.residual == -1 && node{}.act == kernels::activation::none);

// Every kind has a name of its own.
static_assert([] {
    for (int a = 0; a < op_count; ++a) {
        for (int b = 0; b < a; ++b) {
            if (name(static_cast<op>(a)).empty()
                || name(static_cast<op>(a)) == name(static_cast<op>(b))) {
                return false;
            }
        }
    }
    return true;
}());
static_assert(name(op::identity) == "identity" && name(op::conv2d) == "conv2d");
static_assert(name(op::max_pool) == "max_pool" && name(op::log_softmax) == "log_softmax");
static_assert(name(op::custom) == "custom" && name(op::output) == "output");
static_assert(name(op::embedding) == "embedding" && name(op::slice) == "slice");

static_assert(is_matmul(op::conv2d) && is_matmul(op::linear));
static_assert(!is_matmul(op::batch_norm) && !is_matmul(op::add) && !is_matmul(op::custom));

// The arithmetic of windows against a count: a window fits where its last tap is inside.
static_assert([] {
    for (int in = 1; in <= 9; ++in) {
        for (int kernel = 1; kernel <= 4; ++kernel) {
            for (int stride = 1; stride <= 3; ++stride) {
                for (int pad = 0; pad <= 2; ++pad) {
                    for (int dilation = 1; dilation <= 2; ++dilation) {
                        int count = 0;
                        for (int first = -pad; first + dilation * (kernel - 1) < in + pad;
                             first += stride) {
                            ++count;
                        }
                        if (window::out_size(in, kernel, stride, pad, dilation) != count) {
                            return false;
                        }
                    }
                }
            }
        }
    }
    return true;
}());
static_assert([] {
    constexpr window w{.kernel_h = 3, .kernel_w = 1, .stride_h = 2, .stride_w = 3, .pad_h = 1};
    return w.out_h(8) == 4 && w.out_w(8) == 3;
}());

static_assert([] {
    ids list;
    for (int i = 0; i < max_inputs; ++i) {
        list.push_back(100 + i);
    }
    return list.count == max_inputs && list[0] == 100 && list[max_inputs - 1] == 107;
}());
