// SPDX-License-Identifier: MIT
#include <soma/runtime/pipeline/stage_ring.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <random>
#include <thread>
#include <type_traits>

#include "support/catch.hpp"

using namespace soma;
using namespace std::chrono_literals;

using ring_type = stage_ring<int, 2>;
static_assert(ring_type::slots == 2);
static_assert(!std::is_copy_constructible_v<ring_type> && !std::is_copy_assignable_v<ring_type>);

TEST_CASE("slots come in turn, with what was published", "[runtime][stage_ring]") {
    ring_type ring(0);
    int item = 0;
    for (int i = 0; i < 7; ++i) {
        const int slot = ring.wait_free();
        CHECK(slot == i % 2);
        ring.publish(10 + i);
        CHECK(ring.wait_full(item) == slot);
        CHECK(item == 10 + i);
        ring.release();
    }
    CHECK(ring.wait_free() == 1);
    ring.publish(20);
    CHECK(ring.wait_free() == 0);
    ring.publish(21);
    CHECK(ring.wait_full(item) == 1);
    CHECK(item == 20);
    CHECK(ring.wait_full(item) == 1);  // the oldest one, until it is given back
}

TEST_CASE("a full ring holds its producer back", "[runtime][stage_ring]") {
    for (const int spins : {0, 100}) {
        ring_type ring(spins);
        std::atomic<int> published = 0;
        std::thread producer([&] {
            for (int i = 0; i < 5; ++i) {
                static_cast<void>(ring.wait_free());
                ring.publish(i);
                ++published;
            }
        });
        while (published < 2) {
            std::this_thread::yield();
        }
        std::this_thread::sleep_for(5ms);
        CHECK(published == 2);
        int item = -1;
        for (int i = 0; i < 5; ++i) {
            CHECK(ring.wait_full(item) >= 0);
            CHECK(item == i);
            ring.release();
        }
        producer.join();
    }
}

TEST_CASE("what is kept under a slot's number passes unharmed", "[runtime][stage_ring]") {
    for (const int spins : {0, 50}) {
        stage_ring<int, 3> ring(spins);
        // Plain numbers: the ring alone orders the accesses.
        std::array<std::array<int, 16>, 3> kept{};
        constexpr int count = 20'000;
        int wrong = 0;
        std::thread consumer([&] {
            std::mt19937 random(1);
            for (int i = 0; i < count; ++i) {
                int item = -1;
                const int slot = ring.wait_full(item);
                wrong += item == i ? 0 : 1;
                for (const int value : kept[static_cast<std::size_t>(slot)]) {
                    wrong += value == i ? 0 : 1;
                }
                ring.release();
                if (random() % 64 == 0) {
                    std::this_thread::yield();
                }
            }
        });
        std::mt19937 random(2);
        for (int i = 0; i < count; ++i) {
            const int slot = ring.wait_free();
            kept[static_cast<std::size_t>(slot)].fill(i);
            ring.publish(i);
            if (random() % 64 == 0) {
                std::this_thread::yield();
            }
        }
        consumer.join();
        CHECK(wrong == 0);
    }
}

TEST_CASE("a stopped ring is emptied and then lets everybody go", "[runtime][stage_ring]") {
    ring_type ring(0);
    int item = -1;
    std::thread waiting([&] { CHECK(ring.wait_full(item) == ring_type::none); });
    std::this_thread::sleep_for(5ms);
    ring.stop();
    waiting.join();

    ring_type full(0);
    for (int i = 0; i < 2; ++i) {
        static_cast<void>(full.wait_free());
        full.publish(i);
    }
    std::thread producer([&] { CHECK(full.wait_free() == ring_type::none); });
    std::this_thread::sleep_for(5ms);
    full.stop();
    producer.join();
    CHECK(full.wait_full(item) == 0);
    full.release();
    CHECK(full.wait_full(item) == 1);
    full.release();
    CHECK(full.wait_full(item) == ring_type::none);
}
