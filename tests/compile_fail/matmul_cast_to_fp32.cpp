// SPDX-License-Identifier: MIT
// expect-error: wrong_precision
// expect-error: matmul_cast<
// expect-error: fp32
// expect-error: fp16
// expect-error: bf16
#include <soma/policy/precision.hpp>

using policy = soma::matmul_cast<soma::fp32>;

constexpr auto name = policy::name;
