// SPDX-License-Identifier: MIT
// expect-error: wrong_schedule
// expect-error: on_host<
// expect-error: "once"
#include <soma/policy/placement.hpp>

using namespace soma;

constexpr int samples = samples_per_run<schedule<on_host<"a">, on_host<"b">>>;
