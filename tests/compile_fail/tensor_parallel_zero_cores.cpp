// SPDX-License-Identifier: MIT
// expect-error: wrong_schedule
// expect-error: tensor_parallel<0
// expect-error: "at least 1"
// expect-error: got<0>
#include <soma/policy/schedule.hpp>

constexpr int cores = soma::schedule<soma::batch<4>, soma::tensor_parallel<0>>::cores;
