// SPDX-License-Identifier: MIT
#include <soma/hardware/operator_row.hpp>

using namespace soma;

namespace {

constexpr operator_row rows[] = {
    {op::conv2d, half_formats, provenance::published, "a page"},
    {op::add, all_formats, provenance::inferred, "an argument"},
    {op::custom, no_formats, provenance::user, "none"},
};
constexpr operator_support support = support_of(rows);

}  // namespace

static_assert(support.of(op::conv2d, format::bf16) == refusal::none
              && support.of(op::conv2d, format::f16) == refusal::none
              && support.of(op::conv2d, format::f32) == refusal::no_format);
static_assert(support.of(op::add, format::f32) == refusal::none);
static_assert(support.of(op::custom, format::f32) == refusal::no_operator);
static_assert(support.of(op::softmax, format::f32) == refusal::no_operator,
              "what has no row runs on the host");

static_assert(row_of(rows, op::add).source == "an argument");
static_assert(row_of(rows, op::softmax).formats == no_formats
              && row_of(rows, op::softmax).kind == op::softmax);
