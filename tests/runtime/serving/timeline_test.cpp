// SPDX-License-Identifier: MIT
#include <soma/runtime/serving/timeline.hpp>

#include <array>
#include <atomic>
#include <mutex>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/served.hpp"
#include "support/timelines.hpp"

using namespace soma;
using namespace soma::test;

namespace {

/// The event that is recorded as number `i`, `i` ns after the clock's zero.
timeline_event numbered(std::uint64_t i) {
    return {.at = serving_clock::time_point(std::chrono::nanoseconds(i)), .id = i};
}

timeline_ring ring_after(std::size_t capacity, std::uint64_t events) {
    timeline_ring ring(capacity);
    for (std::uint64_t i = 0; i < events; ++i) {
        ring.record(numbered(i));
    }
    return ring;
}

/// Sends `requests` of random sizes, a part of which ends in every other way, if `rough`.
void random_client(batch_server& serve, unsigned seed, int requests, bool rough) {
    std::mt19937 random(seed);
    for (int i = 0; i < requests; ++i) {
        tiny_request request(random() % 11, static_cast<float>(random() % 100));
        request_options options;
        if (rough && random() % 4 == 0) {
            options.deadline = serving_clock::now() + std::chrono::microseconds(random() % 200);
        }
        request_callback callback;
        if (rough && random() % 4 == 0) {
            callback = [](const request_result&) { throw std::runtime_error("callback"); };
        }
        if (rough && random() % 16 == 0) {
            request.in.push_back(0.0F);  // no whole sample
        }
        const completion handle =
            serve.submit(request.in, request.out, options, std::move(callback));
        if (rough && random() % 4 == 0) {
            handle.cancel();
        }
        handle.wait();
    }
}

void random_clients(batch_server& serve, int requests, bool rough) {
    std::vector<std::thread> clients;
    for (unsigned c = 0; c < 4; ++c) {
        clients.emplace_back([&, c] { random_client(serve, c, requests, rough); });
    }
    for (std::thread& t : clients) {
        t.join();
    }
}

}  // namespace

TEST_CASE("a ring of no events does not record", "[runtime][serving]") {
    timeline_ring ring(0);
    std::mutex mutex;
    CHECK_FALSE(ring.records());
    CHECK(ring.memory_bytes() == 0);
    const timeline all = copy_timeline(ring, mutex);
    CHECK(all.events.empty());
    CHECK(all.lost == 0);
}

TEST_CASE("a ring keeps the latest events and counts the others", "[runtime][serving]") {
    for (const std::size_t capacity : {1U, 2U, 7U, 300U}) {
        for (const std::uint64_t events : {0U, 1U, 2U, 6U, 7U, 8U, 20U, 299U, 300U, 301U, 1000U}) {
            const timeline_ring ring = ring_after(capacity, events);
            std::mutex mutex;
            const timeline all = copy_timeline(ring, mutex);
            const std::uint64_t kept = std::min<std::uint64_t>(capacity, events);
            CHECK(ring.recorded() == events);
            CHECK(ring.oldest() == events - kept);
            CHECK(all.lost == events - kept);
            REQUIRE(all.events.size() == kept);
            for (std::uint64_t i = 0; i < kept; ++i) {
                REQUIRE(all.events[i].id == events - kept + i);
            }
        }
    }
}

TEST_CASE("a copy may be of a few events in the middle", "[runtime][serving]") {
    const timeline_ring ring = ring_after(5, 13);
    std::array<timeline_event, 2> two;
    CHECK(ring.copy(9, two) == 2);
    CHECK(two[0].id == 9);
    CHECK(two[1].id == 10);
    CHECK(ring.copy(12, two) == 1);
    CHECK(two[0].id == 12);
    CHECK(ring.copy(13, two) == 0);
}

TEST_CASE("a copy is in the order of time, whatever the order of recording", "[runtime][serving]") {
    timeline_ring ring(8);
    for (const std::uint64_t i : {5U, 3U, 4U, 1U}) {
        ring.record(numbered(i));
    }
    std::mutex mutex;
    const timeline all = copy_timeline(ring, mutex);
    REQUIRE(all.events.size() == 4);
    CHECK(all.events[0].id == 1);
    CHECK(all.events[1].id == 3);
    CHECK(all.events[2].id == 4);
    CHECK(all.events[3].id == 5);
}

TEST_CASE("copies that are made while events come in have no gaps", "[runtime][serving]") {
    const std::size_t capacity = GENERATE(std::size_t{500}, std::size_t{20'000});
    timeline_ring ring(capacity);
    std::mutex mutex;
    std::atomic<bool> over = false;
    std::atomic<std::uint64_t> recorded = 0;
    std::thread recorder([&] {
        for (std::uint64_t i = 0; !over; ++i) {
            const std::lock_guard lock(mutex);
            ring.record(numbered(i));
            recorded = i + 1;
        }
    });
    while (recorded < 2 * capacity) {
        std::this_thread::yield();
    }
    int wrong = 0, empty = 0;
    for (int copies = 0; copies < 200; ++copies) {
        const std::uint64_t before = recorded;
        const timeline all = copy_timeline(ring, mutex);
        wrong += all.lost + all.events.size() < before;
        empty += all.events.empty();
        for (std::size_t i = 0; i < all.events.size(); ++i) {
            const timeline_event& e = all.events[i];
            wrong += e.id != all.lost + i
                     || e.at != serving_clock::time_point(std::chrono::nanoseconds(e.id));
        }
    }
    over = true;
    recorder.join();
    CHECK(wrong == 0);
    CHECK((capacity > 1000 || empty == 0));  // a short one is copied at once
}

TEST_CASE("a server without a timeline has none", "[runtime][serving]") {
    gate at;
    tiny_server serve(at);
    random_clients(serve, 10, false);
    CHECK(serve.timeline().events.empty());
    CHECK(serve.timeline().lost == 0);
    CHECK(serve.timeline_bytes() == 0);
}

TEST_CASE("a request's events say when it waited and when it ran", "[runtime][serving]") {
    gate at;
    at.close();
    tiny_server serve(at, {.workers = 1, .timeline_events = 100});
    tiny_request request(3);
    const auto before = serving_clock::now();
    const completion handle = serve.submit(request.in, request.out);
    at.await(1);
    CHECK(serve.timeline().events.size() == 2);  // the rest is yet to come
    at.release();
    handle.wait();
    serve.stop();
    const timeline all = serve.timeline();
    const auto after = serving_clock::now();
    REQUIRE(all.events.size() == 4);
    const timeline_event &submitted = all.events[0], &begun = all.events[1], &batch = all.events[2],
                         &ended = all.events[3];
    CHECK(submitted.kind == timeline_kind::submitted);
    CHECK(begun.kind == timeline_kind::begun);
    CHECK(batch.kind == timeline_kind::batch);
    CHECK(ended.kind == timeline_kind::ended);
    CHECK(ended.status == request_status::done);
    CHECK(before <= submitted.at);
    CHECK(begun.at <= batch.at);
    CHECK(batch.until <= ended.at);
    CHECK(ended.at <= after);
    CHECK(batch.samples == 3);
    CHECK(batch.capacity == 4);
    CHECK(batch.worker == 0);
    CHECK(batch.core == 0);
    CHECK(submitted.id == 1);
    CHECK(submitted.samples == 3);
    CHECK(serve.timeline_bytes() == 100 * sizeof(timeline_event));
}

TEST_CASE("a batch that runs in several compiled ones is one event", "[runtime][serving]") {
    static constexpr bucket sizes[] = {{1, 3.0}, {4, 10.0}};
    static constexpr auto cheapest = cheapest_buckets<4>(sizes);
    gate at;
    batch_server serve({4, tiny_inputs, tiny_outputs, {sizes, cheapest}},
                       server_plan({.workers = 1, .timeline_events = 100}, 1), {},
                       [&](int) { return tiny_runner(at); });
    tiny_request three(3);
    serve.submit(three.in, three.out).wait();
    serve.stop();
    const timeline all = serve.timeline();
    CHECK(serve.status().batches == 3);
    CHECK(faults(all, serve.status()) == "");
    REQUIRE(all.events.size() == 4);
    CHECK(all.events[2].kind == timeline_kind::batch);
    CHECK(all.events[2].samples == 3);
    CHECK(all.events[2].capacity == 3);
}

TEST_CASE("every request has its events, in order, under many clients", "[runtime][serving]") {
    gate at;
    for (const bool rough : {false, true}) {
        tiny_server serve(at, {.workers = 3,
                               .in_flight = rough ? 3 : 16,
                               .max_delay = 20us,
                               .timeline_events = 1 << 16});
        random_clients(serve, 500, rough);
        serve.stop();
        const timeline all = serve.timeline();
        CHECK(faults(all, serve.status()) == "");
        CHECK(overlaps({all}) == 0);  // a worker runs one batch at a time
        if (!rough) {
            CHECK(serve.status().requests.done == 2000);
            CHECK(samples_done(all) == serve.status().samples);
        } else {
            CHECK(serve.status().requests.done < 2000);
        }
    }
}

TEST_CASE("a full timeline loses the oldest events and says how many", "[runtime][serving]") {
    gate at;
    tiny_server whole(at, {.workers = 1, .timeline_events = 1000});
    tiny_server latest(at, {.workers = 1, .timeline_events = 10});
    for (batch_server* serve :
         {static_cast<batch_server*>(&whole), static_cast<batch_server*>(&latest)}) {
        for (int i = 0; i < 50; ++i) {
            tiny_request request(1);
            serve->submit(request.in, request.out).wait();
        }
        serve->stop();
    }
    CHECK(whole.timeline().lost == 0);
    CHECK(whole.timeline().events.size() == 200);
    const timeline kept = latest.timeline();
    CHECK(kept.lost == 190);
    REQUIRE(kept.events.size() == 10);
    CHECK(kept.events.back().kind == timeline_kind::ended);
    CHECK(kept.events.back().id == 50);
}

TEST_CASE("a timeline may be copied while the server serves", "[runtime][serving]") {
    gate at;
    tiny_server serve(at, {.workers = 2, .in_flight = 8, .timeline_events = 300});
    std::atomic<bool> over = false;
    std::thread reader([&] {
        while (!over) {
            const timeline now = serve.timeline();
            static_cast<void>(now);
        }
    });
    random_clients(serve, 300, true);
    over = true;
    reader.join();
    serve.stop();
    const timeline all = serve.timeline();
    CHECK(all.events.size() == 300);
    CHECK(all.lost > 0);
    CHECK(std::ranges::is_sorted(all.events, {}, &timeline_event::at));
}

TEST_CASE("a negative number of events is refused", "[runtime][serving]") {
    CHECK_THROWS_AS(server_plan({.timeline_events = -1}, 1), std::invalid_argument);
}
