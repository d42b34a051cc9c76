// SPDX-License-Identifier: MIT
#include <soma/runtime/threads/doorbell.hpp>

#include <atomic>
#include <chrono>
#include <thread>

#include "support/catch.hpp"

using namespace soma;
using namespace std::chrono_literals;

TEST_CASE("spins fill about the time they should", "[runtime][doorbell]") {
    using clock = std::chrono::steady_clock;
    const int spins = spins_in(200us);
    CHECK(spins > 100);
    auto fastest = clock::duration::max();
    for (int i = 0; i < 20; ++i) {
        const auto start = clock::now();
        for (int s = 0; s < spins; ++s) {
            spin_pause();
        }
        fastest = std::min(fastest, clock::now() - start);
    }
    CHECK(fastest > 20us);
    CHECK(fastest < 20ms);
    CHECK(spins_in(0us) == 0);
}

TEST_CASE("a condition that holds needs no bell", "[runtime][doorbell]") {
    for (const int spins : {0, 100}) {
        doorbell bell(spins);
        int looks = 0;
        bell.wait_until([&] { return ++looks == 1; });
        CHECK(looks == 1);
        CHECK(bell.asleep() == 0);
        bell.ring();
    }
}

TEST_CASE("a sleeper is woken and looks again", "[runtime][doorbell]") {
    doorbell bell(0);
    std::atomic<int> value = 0;
    std::thread sleeper([&] { bell.wait_until([&] { return value.load() == 2; }); });
    while (bell.asleep() == 0) {
        std::this_thread::yield();
    }
    value.store(1);  // not what it waits for
    bell.ring();
    std::this_thread::sleep_for(5ms);
    CHECK(bell.asleep() == 1);
    value.store(2);
    bell.ring();
    sleeper.join();
    CHECK(bell.asleep() == 0);
}

TEST_CASE("no wake-up is lost between two threads in turn", "[runtime][doorbell]") {
    for (const int spins : {0, 20}) {
        doorbell bell(spins);
        std::atomic<int> turn = 0;
        constexpr int turns = 20'000;
        const auto play = [&](int mine) {
            for (int i = mine; i < turns; i += 2) {
                bell.wait_until([&] { return turn.load() == i; });
                turn.store(i + 1);
                bell.ring();
            }
        };
        std::thread other([&] { play(1); });
        play(0);
        other.join();
        CHECK(turn == turns);
    }
}
