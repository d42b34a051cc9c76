// SPDX-License-Identifier: MIT
// expect-error: wrong_schedule
// expect-error: pipeline<0
// expect-error: "at least 1"
// expect-error: got<0>
#include <soma/policy/schedule.hpp>

constexpr int stages = soma::stages_of<soma::schedule<soma::batch<4>, soma::pipeline<0>>>;
