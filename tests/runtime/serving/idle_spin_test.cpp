// SPDX-License-Identifier: MIT
#include <atomic>
#include <thread>

#include <soma/runtime/serving/idle_spin.hpp>

#include "support/catch.hpp"

using namespace soma;

TEST_CASE("nobody spins where there is no core to spare", "[runtime][serving]") {
    for (const int spare : {-1, 0}) {
        idle_spin spin(spare);
        int looks = 0;
        const auto look = [&] { return ++looks > 0; };
        CHECK_FALSE(spin.as_client(look));
        CHECK_FALSE(spin.as_worker(look));
        CHECK(looks == 0);
    }
}

TEST_CASE("the core of a worker that sleeps is free", "[runtime][serving]") {
    idle_spin spin(0);
    int looks = 0;
    const auto look = [&] { return ++looks > 0; };
    spin.worker_sleeps();
    CHECK(spin.as_client(look));
    CHECK(spin.as_worker(look));
    CHECK(looks == 2);
    spin.worker_wakes();
    CHECK_FALSE(spin.as_client(look));
    CHECK_FALSE(spin.as_worker(look));
    idle_spin never(-1);
    never.worker_sleeps();
    never.worker_sleeps();
    CHECK_FALSE(never.as_client(look));
    CHECK(looks == 2);
}

TEST_CASE("nobody spins while requests of others could use the core", "[runtime][serving]") {
    idle_spin spin(1);
    int looks = 0;
    const auto look = [&] { return ++looks > 0; };
    spin.in_flight(1);
    CHECK(spin.as_client(look));        // its own
    CHECK_FALSE(spin.as_worker(look));  // another worker has it
    spin.in_flight(2);
    CHECK_FALSE(spin.as_client(look));
    spin.in_flight(0);
    CHECK(spin.as_worker(look));
    CHECK(looks == 2);
}

TEST_CASE("spinning ends when what it waits for has come, or after a while", "[runtime][serving]") {
    idle_spin spin(1);
    int looks = 0;
    CHECK(spin.as_client([&] { return ++looks == 3; }));
    CHECK(looks == 3);
    CHECK(spin.as_worker([&] { return ++looks == 7; }));
    CHECK(looks == 7);
    CHECK_FALSE(spin.as_client([] { return false; }));
    CHECK_FALSE(spin.as_worker([] { return false; }));
}

TEST_CASE("spinning in vain becomes rare, and is taken up again", "[runtime][serving]") {
    idle_spin spin(1);
    const auto looked_at = [&](int waits, bool comes) {
        int spun = 0;
        for (int i = 0; i < waits; ++i) {
            bool looked = false;
            static_cast<void>(spin.as_worker([&] {
                looked = true;
                return comes;
            }));
            spun += looked ? 1 : 0;
        }
        return spun;
    };
    CHECK(looked_at(10, true) == 10);
    CHECK(looked_at(1, false) == 1);
    CHECK(looked_at(2 + 4 + 8 + 16 + 32, false) == 5);
    CHECK(looked_at(10 * idle_spin::rarest, false) == 10);
    CHECK(looked_at(idle_spin::rarest, true) == 1);  // the last of them
    CHECK(looked_at(10, true) == 10);
}

TEST_CASE("no more clients spin than there are cores to spare", "[runtime][serving]") {
    idle_spin spin(2);
    int looks = 0;
    const auto look = [&] { return ++looks > 0; };
    CHECK(spin.as_client([&] {
        CHECK(spin.as_client([&] {
            CHECK_FALSE(spin.as_client(look));  // a third one
            CHECK(spin.as_worker(look));        // has a core of its own
            return true;
        }));
        return true;
    }));
    CHECK(looks == 1);
    CHECK(spin.as_client(look));  // they have given them back
}

TEST_CASE("clients of several threads share the spare cores", "[runtime][serving]") {
    idle_spin spin(1);
    std::atomic<int> at_once = 0;
    std::atomic<bool> too_many = false;
    const auto client = [&] {
        for (int i = 0; i < 200; ++i) {
            int looks = 0;
            static_cast<void>(spin.as_client([&] {
                too_many = too_many || at_once.fetch_add(1) > 0;
                at_once.fetch_sub(1);
                return ++looks == 20;
            }));
        }
    };
    std::thread other(client);
    client();
    other.join();
    CHECK_FALSE(too_many);
}
