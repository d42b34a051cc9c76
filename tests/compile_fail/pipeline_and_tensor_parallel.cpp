// SPDX-License-Identifier: MIT
// expect-error: wrong_schedule
// expect-error: pipeline<4
// expect-error: "once"
// expect-error: tensor_parallel<2
#include <soma/policy/schedule.hpp>

using namespace soma;

constexpr int samples = samples_per_run<schedule<pipeline<4>, batch<4>, tensor_parallel<2>>>;
