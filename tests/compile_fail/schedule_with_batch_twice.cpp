// SPDX-License-Identifier: MIT
// expect-error: wrong_schedule
// expect-error: batch<4>
// expect-error: "once"
// expect-error: batch<8>
#include <soma/policy/schedule.hpp>

using namespace soma;

constexpr int samples = samples_per_run<schedule<batch<4>, replicate<2>, batch<8>>>;
