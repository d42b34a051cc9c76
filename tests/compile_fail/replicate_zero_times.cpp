// SPDX-License-Identifier: MIT
// expect-error: wrong_schedule
// expect-error: replicate<0>
// expect-error: "at least 1"
// expect-error: got<0>
#include <soma/policy/schedule.hpp>

constexpr int copies = soma::schedule<soma::batch<4>, soma::replicate<0>>::copies;
