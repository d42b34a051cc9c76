// SPDX-License-Identifier: MIT
#include <chrono>
#include <cstdint>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include <soma/runtime/serving/request_pool.hpp>

#include "support/catch.hpp"

using namespace soma;

namespace {

std::uint32_t acquire(request_pool& pool) {
    const std::lock_guard lock(pool.mutex);
    return pool.acquire();
}

}  // namespace

TEST_CASE("a pool hands out every slot once", "[runtime][serving]") {
    request_pool pool(5);
    CHECK(pool.capacity() == 5);
    std::set<std::uint32_t> slots;
    for (int i = 0; i < 5; ++i) {
        slots.insert(acquire(pool));
    }
    CHECK(slots == std::set<std::uint32_t>{0, 1, 2, 3, 4});
    CHECK(acquire(pool) == request_pool::none);
}

TEST_CASE("a slot is free when both owners have let go", "[runtime][serving]") {
    request_pool pool(1);
    const std::uint32_t i = acquire(pool);
    const std::uint32_t generation = pool[i].generation;
    pool.release(i);
    CHECK(acquire(pool) == request_pool::none);
    CHECK(pool[i].generation == generation);
    pool[i].result.status = request_status::failed;
    pool.finish(i);
    pool.release(i);
    REQUIRE(acquire(pool) == i);
    CHECK(pool[i].generation != generation);
    CHECK(pool[i].finished == 0);
    CHECK(pool[i].result.status == request_status::pending);
}

TEST_CASE("a cancellation reaches its own request only", "[runtime][serving]") {
    request_pool pool(1);
    const std::uint32_t i = acquire(pool);
    const std::uint32_t generation = pool[i].generation;
    pool.cancel(i, generation + 1);
    CHECK(!pool[i].cancel_asked);
    pool.cancel(i, generation);
    CHECK(pool[i].cancel_asked);
    CHECK(pool.cancels_asked);
    pool.finish(i);
    pool.release(i);
    pool.release(i);
    REQUIRE(acquire(pool) == i);
    pool.cancel(i, generation);
    CHECK(!pool[i].cancel_asked);
    pool.finish(i);
    pool.cancel(i, pool[i].generation);
    CHECK(!pool[i].cancel_asked);
}

TEST_CASE("slots come and go between threads", "[runtime][serving]") {
    request_pool pool(3);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int n = 0; n < 2000;) {
                const std::uint32_t i = acquire(pool);
                if (i == request_pool::none) {
                    std::this_thread::yield();
                    continue;
                }
                pool[i].samples = static_cast<std::size_t>(n++);  // a race, were it shared
                pool.release(i);
                pool.release(i);
            }
        });
    }
    for (std::thread& t : threads) {
        t.join();
    }
    CHECK(pool[0].generation + pool[1].generation + pool[2].generation == 8000);
}

TEST_CASE("a worker hears of a call whether it spins or sleeps", "[runtime][serving]") {
    for (const int spare : {-1, 0, 1}) {
        request_pool pool(1, spare);
        int work = 0;  // under the lock
        int found = 0;
        constexpr int rounds = 300;
        std::vector<std::thread> workers;
        for (int i = 0; i < 2; ++i) {
            workers.emplace_back([&] {
                std::unique_lock lock(pool.mutex);
                while (found < rounds) {
                    if (work == 0) {
                        pool.await_call(lock, serving_clock::time_point::max());
                    } else {
                        --work;
                        if (++found == rounds) {
                            pool.call_workers();
                        }
                    }
                }
            });
        }
        for (int i = 0; i < rounds; ++i) {
            if (i % 10 == 0) {  // they go to sleep meanwhile
                std::this_thread::sleep_for(std::chrono::microseconds(200));
            }
            const std::lock_guard lock(pool.mutex);
            ++work;
            pool.call_worker();
        }
        for (std::thread& t : workers) {
            t.join();
        }
        CHECK(found == rounds);
        CHECK(work == 0);
    }
}
