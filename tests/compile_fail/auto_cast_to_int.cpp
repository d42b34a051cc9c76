// SPDX-License-Identifier: MIT
// expect-error: wrong_precision
// expect-error: auto_cast<int>
// expect-error: fp16
// expect-error: bf16
// expect-error: got_type<int>
#include <soma/policy/precision.hpp>

using policy = soma::auto_cast<int>;

constexpr auto name = policy::name;
