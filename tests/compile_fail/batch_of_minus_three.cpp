// SPDX-License-Identifier: MIT
// expect-error: wrong_schedule
// expect-error: batch<-3>
// expect-error: "at least 1"
// expect-error: got<-3>
#include <soma/policy/schedule.hpp>

constexpr int samples = soma::samples_per_run<soma::batch<-3>>;
