// SPDX-License-Identifier: MIT
#include <string_view>

#include <soma/hardware/op.hpp>

using namespace soma;

// Every kind has a name of its own.
static_assert([] {
    for (int a = 0; a < op_count; ++a) {
        if (name(static_cast<op>(a)).empty()) {
            return false;
        }
        for (int b = 0; b < a; ++b) {
            if (name(static_cast<op>(a)) == name(static_cast<op>(b))) {
                return false;
            }
        }
    }
    return true;
}());
static_assert(name(op::identity) == "identity" && name(op::conv2d) == "conv2d"
              && name(op::global_average_pool) == "global_average_pool"
              && name(op::log_softmax) == "log_softmax" && name(op::custom) == "custom"
              && name(op::output) == "output" && name(op::slice) == "slice");

static_assert(is_matmul(op::conv2d) && is_matmul(op::linear));
static_assert(!is_matmul(op::attention), "its operands are activations");
static_assert(!is_matmul(op::add) && !is_matmul(op::embedding));
