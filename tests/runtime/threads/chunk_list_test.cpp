// SPDX-License-Identifier: MIT
#include <soma/runtime/threads/chunk_list.hpp>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using namespace soma;

static_assert(sizeof(chunk_list) == alignof(chunk_list), "lists share no cache line");

TEST_CASE("chunks are claimed in order, once", "[runtime][chunk_list]") {
    chunk_list list;
    std::uint64_t latest = 1;
    CHECK_FALSE(list.passed(1, 2, latest));
    CHECK(list.claim(1, 2) == 0);
    CHECK(list.claim(1, 2) == 1);
    CHECK(list.claim(1, 2) == -1);
    CHECK_FALSE(list.finish(2));
    CHECK_FALSE(list.passed(1, 2, latest));
    CHECK(list.finish(2));
    CHECK(list.passed(1, 2, latest));
    CHECK(latest == 1);
    CHECK(list.claim(1, 2) == -1);
}

TEST_CASE("a later step starts by itself, an older one is over", "[runtime][chunk_list]") {
    chunk_list list;
    CHECK(list.claim(3, 1) == 0);
    CHECK(list.finish(1));
    std::uint64_t latest = 9;
    CHECK_FALSE(list.passed(9, chunk_list::capacity, latest));
    for (int i = 0; i < chunk_list::capacity; ++i) {
        CHECK(list.claim(9, chunk_list::capacity) == i);
        CHECK(list.claim(3, 1) == -1);
        CHECK(list.claim(8, 5) == -1);
        CHECK(list.finish(chunk_list::capacity) == (i + 1 == chunk_list::capacity));
    }
    CHECK(list.claim(9, chunk_list::capacity) == -1);
    latest = 4;
    CHECK(list.passed(4, 200, latest));
    CHECK(latest == 9);
}

TEST_CASE("threads that race through steps claim each chunk once", "[runtime][chunk_list]") {
    chunk_list list;
    constexpr int threads = 3, steps = 5'000, count = 4;
    std::array<std::array<std::atomic<int>, count>, 8> claims{};  // of the last steps
    std::atomic<int> wrong = 0;
    const auto work = [&] {
        for (std::uint64_t step = 1; step <= steps;) {
            auto& own = claims[step % 8];
            for (int got = list.claim(step, count); got >= 0; got = list.claim(step, count)) {
                wrong += own[static_cast<std::size_t>(got)].fetch_add(1) == 0 ? 0 : 1;
                // Free for the step that is half a round ahead.
                claims[(step + 4) % 8][static_cast<std::size_t>(got)] = 0;
                static_cast<void>(list.finish(count));
            }
            std::uint64_t latest = step;
            while (!list.passed(step, count, latest)) {
                std::this_thread::yield();
            }
            step = latest > step ? latest : step + 1;
        }
    };
    std::vector<std::thread> team;
    for (int i = 0; i < threads; ++i) {
        team.emplace_back(work);
    }
    for (std::thread& t : team) {
        t.join();
    }
    CHECK(wrong == 0);
}
