// SPDX-License-Identifier: MIT
// expect-error: wrong_schedule
// expect-error: tensor_parallel<2
// expect-error: "once"
// expect-error: tensor_parallel<4
#include <soma/policy/schedule.hpp>

using namespace soma;

constexpr int samples = samples_per_run<schedule<tensor_parallel<2>, batch<4>, tensor_parallel<4>>>;
