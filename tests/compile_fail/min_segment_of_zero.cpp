// SPDX-License-Identifier: MIT
// expect-error: wrong_schedule
// expect-error: min_segment<0
// expect-error: "at least 1"
#include <soma/policy/placement.hpp>

constexpr int operators = soma::min_segment_of<soma::schedule<soma::min_segment<0>>>;
