// SPDX-License-Identifier: MIT
#include <soma/runtime/threads/core_team.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "support/catch.hpp"

// ThreadSanitizer delivers signals when it likes.
#if defined(__linux__) && !defined(__SANITIZE_THREAD__)
#define SOMA_TEST_STOPS_THREADS 1
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#undef SOMA_TEST_STOPS_THREADS
#define SOMA_TEST_STOPS_THREADS 0
#endif
#endif
#else
#define SOMA_TEST_STOPS_THREADS 0
#endif

#if SOMA_TEST_STOPS_THREADS
#include <pthread.h>
#include <signal.h>
#endif

using namespace soma;
using namespace std::chrono_literals;

static_assert(noexcept(std::declval<core_team&>().run([](int, int, int) noexcept {})));

// Seven chunks of three cores: 3, 2, 2. One chunk is the first core's.
static_assert(first_chunk(7, 3, 0) == 0 && first_chunk(7, 3, 1) == 3 && first_chunk(7, 3, 2) == 5
              && first_chunk(7, 3, 3) == 7);
static_assert(first_chunk(1, 4, 1) == 1 && first_chunk(1, 4, 4) == 1);
static_assert(first_chunk(8, 2, 1) == 4 && first_chunk(2, 3, 1) == 1 && first_chunk(2, 3, 2) == 2);

namespace {

constexpr std::array<std::uint16_t, 5> some_steps{3, 1, 8, 2, 5};

/// What `core` threads that compute a chain of sums leave: each chunk reads all of the step before.
template <std::size_t Steps>
struct chain {
    std::array<std::array<long long, 256>, Steps + 1> values{};  // plain: the team orders accesses
    const std::array<std::uint16_t, Steps>& chunks;

    explicit chain(const std::array<std::uint16_t, Steps>& of) : chunks(of) {}

    void start(long long seed) { values[0][0] = seed; }
    void compute(int step, int chunk) noexcept {
        const auto s = static_cast<std::size_t>(step);
        long long sum = chunk;
        for (int i = 0; i < (s == 0 ? 1 : chunks[s - 1]); ++i) {
            sum += values[s][static_cast<std::size_t>(i)];
        }
        values[s + 1][static_cast<std::size_t>(chunk)] = sum % 1'000'003;
    }
    [[nodiscard]] long long result() const { return values[Steps][chunks[Steps - 1] - 1U]; }
};

template <std::size_t Steps>
long long expected(const std::array<std::uint16_t, Steps>& chunks, long long seed) {
    chain<Steps> alone(chunks);
    alone.start(seed);
    for (std::size_t s = 0; s < Steps; ++s) {
        for (int c = 0; c < chunks[s]; ++c) {
            alone.compute(static_cast<int>(s), c);
        }
    }
    return alone.result();
}

/// Runs whose result is not what one thread gets.
template <std::size_t Steps>
int wrong_runs(core_team& team, const std::array<std::uint16_t, Steps>& chunks, int runs) {
    chain<Steps> together(chunks);
    int wrong = 0;
    for (int run = 0; run < runs; ++run) {
        together.start(run);
        team.run([&](int step, int chunk, int) noexcept { together.compute(step, chunk); });
        wrong += together.result() == expected(chunks, run) ? 0 : 1;
    }
    return wrong;
}

}  // namespace

TEST_CASE("every chunk of every step runs once, steps in order", "[runtime][core_team]") {
    for (int cores = 1; cores <= 5; ++cores) {
        core_team team(cores, some_steps, cores);
        REQUIRE(team.cores() == cores);
        for (int run = 0; run < 500; ++run) {
            std::array<std::array<std::atomic<int>, 8>, 5> calls{};
            std::atomic<int> last = 0, out_of_order = 0, no_core = 0;
            team.run([&](int step, int chunk, int core) noexcept {
                ++calls[static_cast<std::size_t>(step)][static_cast<std::size_t>(chunk)];
                out_of_order += last.exchange(step) > step ? 1 : 0;
                no_core += core >= 0 && core < cores ? 0 : 1;
            });
            REQUIRE(out_of_order == 0);
            REQUIRE(no_core == 0);
            for (std::size_t s = 0; s < 5; ++s) {
                for (std::size_t c = 0; c < 8; ++c) {
                    REQUIRE(calls[s][c] == (c < some_steps[s] ? 1 : 0));
                }
            }
        }
    }
}

TEST_CASE("thousands of runs compute what one thread does", "[runtime][core_team]") {
    constexpr std::array<std::uint16_t, 12> long_chain{8, 1, 2, 8, 3, 3, 1, 16, 2, 8, 4, 1};
    for (const int cores : {2, 3}) {
        core_team team(cores, long_chain, cores);
        CHECK(wrong_runs(team, long_chain, 5'000) == 0);
        // Helpers that sleep between runs, and some that have just fallen asleep.
        for (int i = 0; i < 30; ++i) {
            std::this_thread::sleep_for(std::chrono::microseconds(20 * i));
            CHECK(wrong_runs(team, long_chain, 3) == 0);
        }
    }
}

TEST_CASE("more threads than the machine has cores", "[runtime][core_team]") {
    const int cores = 3 * available_cores() + 1;
    core_team team(cores, some_steps, cores);
    CHECK(wrong_runs(team, some_steps, 300) == 0);
    core_team another(2, some_steps, 2 + cores);  // spins never
    CHECK(wrong_runs(another, some_steps, 300) == 0);
}

TEST_CASE("a thread in a chunk is waited for", "[runtime][core_team]") {
    constexpr std::array<std::uint16_t, 3> steps{4, 4, 4};
    core_team team(2, steps, 2);
    std::atomic<bool> held = false;
    std::atomic<int> done = 0;
    int early = 0;
    for (int run = 0; run < 1000 && !held; ++run) {
        done = 0;
        team.run([&](int, int, int core) noexcept {
            if (core == 0) {
                std::this_thread::sleep_for(1ms);  // the helper gets its chance
            } else if (!held.exchange(true)) {
                std::this_thread::sleep_for(20ms);
            }
            ++done;
        });
        early += done == 12 ? 0 : 1;
    }
    CHECK(held);
    CHECK(early == 0);
}

#if SOMA_TEST_STOPS_THREADS
namespace {

std::atomic<bool> stopped = false, released = false;

/// Keeps the thread that gets the signal wherever it is: a thread that the system does not run.
void stop_here(int) noexcept {
    stopped = true;
    while (!released) {
        std::this_thread::sleep_for(100us);
    }
    stopped = false;
}

}  // namespace

TEST_CASE("a thread that holds no chunk is never waited for", "[runtime][core_team]") {
    struct sigaction action{}, before{};
    action.sa_handler = &stop_here;
    REQUIRE(sigaction(SIGUSR2, &action, &before) == 0);
    constexpr std::array<std::uint16_t, 12> long_chain{8, 1, 2, 8, 3, 3, 1, 16, 2, 8, 4, 1};
    for (const int threads : {2, 1'000'000}) {  // a helper that spins, one that sleeps at once
        core_team team(2, long_chain, threads);
        std::atomic<bool> known = false;
        pthread_t helper{};
        while (!known) {
            team.run([&](int, int, int core) noexcept {
                if (core == 0) {
                    std::this_thread::sleep_for(100us);
                } else if (!known.exchange(true)) {
                    helper = pthread_self();
                }
            });
        }
        for (int round = 0; round < 20; ++round) {
            released = false;
            REQUIRE(pthread_kill(helper, SIGUSR2) == 0);  // between runs it holds no chunk
            while (!stopped) {
                std::this_thread::yield();
            }
            CHECK(wrong_runs(team, long_chain, 20) == 0);
            // It comes back in the middle of something, with what it knew long ago.
            std::thread waker([&] {
                std::this_thread::sleep_for(std::chrono::microseconds(30 * round));
                released = true;
            });
            CHECK(wrong_runs(team, long_chain, 200) == 0);
            waker.join();
            while (stopped) {
                std::this_thread::yield();
            }
        }
    }
    sigaction(SIGUSR2, &before, nullptr);
}
#endif

TEST_CASE("core teams start and stop a thousand times", "[runtime][core_team]") {
    int wrong = 0;
    for (int round = 0; round < 1000; ++round) {
        core_team team(1 + round % 4, some_steps, 4);
        wrong += round % 3 == 0 ? 0 : wrong_runs(team, some_steps, 2);
    }
    CHECK(wrong == 0);
}

TEST_CASE("different callers in turn, different functions in turn", "[runtime][core_team]") {
    core_team team(3, some_steps, 3);
    CHECK(wrong_runs(team, some_steps, 10) == 0);
    int elsewhere = -1;
    std::thread([&] { elsewhere = wrong_runs(team, some_steps, 10); }).join();
    CHECK(elsewhere == 0);
    std::atomic<int> chunks = 0;
    team.run([&](int, int, int) noexcept { ++chunks; });
    CHECK(chunks == 19);
}

#if defined(__SSE2__)
TEST_CASE("helpers flush subnormal numbers", "[runtime][core_team]") {
    constexpr std::array<std::uint16_t, 1> steps{64};
    core_team team(2, steps, 2);
    std::atomic<int> by_helper = 0, flushed = 0;
    for (int run = 0; run < 1000 && by_helper == 0; ++run) {
        team.run([&](int, int, int core) noexcept {
            if (core == 0) {
                std::this_thread::sleep_for(100us);
            } else {
                ++by_helper;
                flushed += (_mm_getcsr() & 0x8040U) == 0x8040U ? 1 : 0;
            }
        });
    }
    CHECK(by_helper > 0);
    CHECK(flushed == by_helper);
}
#endif
