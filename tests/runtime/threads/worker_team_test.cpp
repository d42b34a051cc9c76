// SPDX-License-Identifier: MIT
#include <array>
#include <atomic>
#include <chrono>
#include <set>
#include <thread>
#include <type_traits>
#include <vector>

#include <soma/runtime/threads/worker_team.hpp>

#include "support/catch.hpp"

using namespace soma;

static_assert(!std::is_copy_constructible_v<worker_team>
              && !std::is_copy_assignable_v<worker_team>);
static_assert(noexcept(std::declval<worker_team&>().run([](int) noexcept {})));

TEST_CASE("every worker runs the function once in every round", "[runtime][worker_team]") {
    for (int workers = 0; workers <= 4; ++workers) {
        worker_team team(workers);
        REQUIRE(team.workers() == workers);
        // Plain numbers: the team alone orders the accesses of different rounds.
        std::array<int, 5> calls{};
        std::array<int, 5> values{};
        constexpr int rounds = 2000;
        for (int round = 0; round < rounds; ++round) {
            team.run([&](int i) noexcept {
                ++calls[static_cast<std::size_t>(i)];
                values[static_cast<std::size_t>(i)] = round + i;
            });
            for (int i = 0; i <= workers; ++i) {
                REQUIRE(values[static_cast<std::size_t>(i)] == round + i);
            }
        }
        for (int i = 0; i < 5; ++i) {
            CHECK(calls[static_cast<std::size_t>(i)] == (i <= workers ? rounds : 0));
        }
    }
}

TEST_CASE("the caller is number zero, the others are threads that stay", "[runtime][worker_team]") {
    worker_team team(3);
    std::array<std::thread::id, 4> first{}, second{};
    team.run(
        [&](int i) noexcept { first[static_cast<std::size_t>(i)] = std::this_thread::get_id(); });
    team.run(
        [&](int i) noexcept { second[static_cast<std::size_t>(i)] = std::this_thread::get_id(); });
    CHECK(first == second);
    CHECK(first[0] == std::this_thread::get_id());
    CHECK(std::set<std::thread::id>(first.begin(), first.end()).size() == 4);
}

TEST_CASE("a team can be started and stopped a thousand times", "[runtime][worker_team]") {
    std::atomic<int> calls = 0;
    for (int round = 0; round < 1000; ++round) {
        worker_team team(1 + round % 3);
        if (round % 2 == 0) {
            team.run([&](int) noexcept { ++calls; });
        }
    }
    // Rounds 0, 2, 4, ...: teams of 2, 4, 3 threads with the caller, over and over.
    CHECK(calls == 166 * (2 + 4 + 3) + 2 + 4);
}

TEST_CASE("workers that sleep wake up, to work and to stop", "[runtime][worker_team]") {
    std::atomic<int> calls = 0;
    {
        worker_team team(2);
        for (int round = 0; round < 3; ++round) {
            // Long beyond the time that a waiting thread spins.
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            team.run([&](int) noexcept { ++calls; });
        }
        CHECK(calls == 9);
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    const worker_team never_used(2);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

TEST_CASE("the caller waits for a worker that is late", "[runtime][worker_team]") {
    worker_team team(1);
    int value = 0;
    team.run([&](int i) noexcept {
        if (i == 1) {
            std::this_thread::sleep_for(std::chrono::milliseconds(30));
            value = 7;
        }
    });
    CHECK(value == 7);
}

TEST_CASE("different functions run in turn, from different callers in turn",
          "[runtime][worker_team]") {
    worker_team team(2);
    std::atomic<int> sum = 0;
    team.run([&](int i) noexcept { sum += i; });
    team.run([&](int i) noexcept { sum += 10 * i; });
    std::thread([&] { team.run([&](int i) noexcept { sum += 100 * i; }); }).join();
    CHECK(sum == 333);
}

#if defined(__SSE2__)
TEST_CASE("workers flush subnormal numbers", "[runtime][worker_team]") {
    worker_team team(2);
    std::array<unsigned, 3> control{};
    team.run([&](int i) noexcept { control[static_cast<std::size_t>(i)] = _mm_getcsr(); });
    CHECK((control[1] & 0x8040U) == 0x8040U);
    CHECK((control[2] & 0x8040U) == 0x8040U);
    CHECK(control[0] == _mm_getcsr());
}
#endif
