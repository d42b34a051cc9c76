// SPDX-License-Identifier: MIT
// expect-error: wrong_schedule
// expect-error: bf16
// expect-error: "axis, batch_size, copies as members"
#include <soma/policy/precision.hpp>
#include <soma/policy/schedule.hpp>

using namespace soma;

constexpr int samples = schedule<batch<4>, bf16>::batch_size;
