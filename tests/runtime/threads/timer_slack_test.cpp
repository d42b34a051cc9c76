// SPDX-License-Identifier: MIT
#include <soma/runtime/threads/timer_slack.hpp>

#include <thread>

#if defined(__linux__)
#include <sys/prctl.h>
#endif

#include "support/catch.hpp"

TEST_CASE("the calling thread has no slack, others keep theirs", "[runtime][threads]") {
#if defined(__linux__)
    const int before = ::prctl(PR_GET_TIMERSLACK);
    int after = -1;
    std::thread([&] {
        soma::wake_on_time();
        after = ::prctl(PR_GET_TIMERSLACK);
    }).join();
    CHECK(after == 1);
    CHECK(::prctl(PR_GET_TIMERSLACK) == before);
#else
    soma::wake_on_time();
#endif
}
