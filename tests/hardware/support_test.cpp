// SPDX-License-Identifier: MIT
#include <soma/hardware/support.hpp>

using namespace soma;

namespace {

constexpr operator_support convolutions_in_half = [] {
    operator_support support;
    support.formats[static_cast<int>(op::conv2d)] =
        static_cast<format_set>(set_of(format::f16) | set_of(format::bf16));
    return support;
}();

}  // namespace

static_assert(convolutions_in_half.of(op::conv2d, format::f16) == refusal::none
              && convolutions_in_half.of(op::conv2d, format::bf16) == refusal::none);
static_assert(convolutions_in_half.of(op::conv2d, format::f32) == refusal::no_format,
              "the core has the operator, but not in this format");
static_assert(convolutions_in_half.of(op::add, format::f32) == refusal::no_operator
              && operator_support{}.of(op::conv2d, format::f16) == refusal::no_operator);

static_assert((set_of(format::f32) & set_of(format::f16)) == 0
              && (set_of(format::f16) & set_of(format::bf16)) == 0 && set_of(format::f32) != 0);

// Every reason reads as one, and none is no reason.
static_assert(name(refusal::none).empty() && !name(refusal::no_operator).empty()
              && !name(refusal::no_format).empty() && !name(refusal::asked_for).empty()
              && !name(refusal::small_segment).empty());
