// SPDX-License-Identifier: MIT
// expect-error: wrong_schedule
// expect-error: pipeline<65
// expect-error: "at most 64"
// expect-error: got<65>
#include <soma/policy/schedule.hpp>

constexpr int stages = soma::stages_of<soma::schedule<soma::batch<4>, soma::pipeline<65>>>;
