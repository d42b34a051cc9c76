// SPDX-License-Identifier: MIT
// expect-error: wrong_schedule
// expect-error: batch<0>
// expect-error: "at least 1"
// expect-error: "at most 65536"
// expect-error: got<0>
#include <soma/policy/schedule.hpp>

constexpr int samples = soma::batch<0>::batch_size;
