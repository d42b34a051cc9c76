// SPDX-License-Identifier: MIT
// expect-error: wrong_schedule
// expect-error: static_weights
// expect-error: "once"
#include <soma/policy/schedule.hpp>

using namespace soma;

constexpr int samples = samples_per_run<schedule<static_weights, batch<4>, static_weights>>;
