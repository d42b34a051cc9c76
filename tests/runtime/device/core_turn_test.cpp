// SPDX-License-Identifier: MIT
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <type_traits>
#include <vector>

#include <soma/runtime/device/core_turn.hpp>

#include "support/catch.hpp"

using namespace soma;
using namespace std::chrono_literals;

static_assert(!std::is_copy_constructible_v<group_share>);
static_assert(!std::is_copy_constructible_v<core_turn>);

TEST_CASE("threads hold no more cores than there are", "[runtime][device]") {
    const auto group = std::make_shared<group_cores>(3, 20us);
    std::atomic<int> held = 0, most = 0, turns = 0;
    {
        group_share narrow(group, 1), wide(group, 2), whole(group, 3);
        std::vector<std::thread> threads;
        for (int i = 0; i < 6; ++i) {
            threads.emplace_back([&, i] {
                group_share& share = i % 3 == 0 ? narrow : i % 3 == 1 ? wide : whole;
                for (int round = 0; round < 300; ++round) {
                    core_turn turn(share);
                    do {
                        const int now = held += 1 + i % 3;
                        int seen = most;
                        while (now > seen && !most.compare_exchange_weak(seen, now)) {
                        }
                        ++turns;
                        held -= 1 + i % 3;
                    } while (turn.goes_on() && ++round < 300);
                }
            });
        }
        for (std::thread& t : threads) {
            t.join();
        }
    }
    CHECK(most <= 3);
    CHECK(turns >= 6 * 300);
    const group_status status = group->status();
    CHECK(status.cores.size() == 3);
    CHECK(status.context_switches > 0);
    for (const core_status& core : status.cores) {
        CHECK(core.busy > 0ns);
    }
}

TEST_CASE("a turn waits until another one ends", "[runtime][device]") {
    const auto group = std::make_shared<group_cores>(1, 0ns);
    group_share first(group, 1), second(group, 1);
    std::atomic<bool> waits = false, runs = false;
    std::thread other;
    {
        core_turn turn(first);
        CHECK(turn.goes_on());
        other = std::thread([&] {
            waits = true;
            core_turn late(second);
            runs = true;
        });
        while (!waits) {
            std::this_thread::yield();
        }
        while (turn.goes_on()) {  // until the other one stands in line
            std::this_thread::sleep_for(100us);
        }
        CHECK(!runs);
    }
    other.join();
    CHECK(runs);
}

TEST_CASE("a core is in one turn at a time", "[runtime][device]") {
    const auto group = std::make_shared<group_cores>(3, 0ns);
    group_share narrow(group, 1), wide(group, 2);
    CHECK(wide.cores() == 2);
    std::atomic<bool> taken[3]{};
    std::atomic<int> twice = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
            group_share& share = i % 2 == 0 ? narrow : wide;
            std::vector<int> cores(static_cast<std::size_t>(share.cores()), -1);
            for (int round = 0; round < 500; ++round) {
                core_turn turn(share);
                turn.cores(cores);
                for (const int core : cores) {
                    twice += taken[core].exchange(true) ? 1 : 0;
                }
                for (const int core : cores) {
                    taken[core] = false;
                }
            }
        });
    }
    for (std::thread& t : threads) {
        t.join();
    }
    CHECK(twice == 0);
}
