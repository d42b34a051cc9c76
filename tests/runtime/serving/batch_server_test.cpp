// SPDX-License-Identifier: MIT
#include <algorithm>
#include <atomic>
#include <deque>
#include <random>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <soma/runtime/serving/batch_server.hpp>

#include "support/catch.hpp"
#include "support/served.hpp"

using namespace soma;
using namespace soma::test;

static_assert(!std::is_copy_constructible_v<batch_server>);
static_assert(noexcept(std::declval<batch_server&>().submit({}, {})));

TEST_CASE("requests of every size come back right and in order", "[runtime][serving]") {
    gate at;
    tiny_server server(at, {.workers = 2, .in_flight = 8});
    for (const std::size_t samples : {1U, 4U, 7U, 8U, 1024U, 0U}) {
        tiny_request request(samples);
        CHECK(server.submit(request.in, request.out).wait() == request_status::done);
        CHECK(request.right());
    }
    CHECK(at.largest <= 4);
    const server_status status = server.status();
    CHECK(status.requests.done == 6);
    CHECK(status.samples == 1044);
    CHECK(status.latency.count() == 5);
}

TEST_CASE("small requests share a batch", "[runtime][serving]") {
    gate at;
    tiny_server server(at, {.workers = 1, .in_flight = 16, .max_delay = 10s});
    std::deque<tiny_request> requests;
    std::vector<completion> handles;
    for (int i = 0; i < 8; ++i) {
        requests.emplace_back(1, static_cast<float>(i));
        handles.push_back(server.submit(requests.back().in, requests.back().out));
    }
    for (const completion& handle : handles) {
        CHECK(handle.wait() == request_status::done);
    }
    CHECK(at.batches == 2);
    CHECK(server.status().batch_fill() == 1.0);
    tiny_request last(3);
    const completion drained = server.submit(last.in, last.out);
    server.stop();  // does not wait for company
    CHECK(drained.status() == request_status::done);
    CHECK(last.right());
}

TEST_CASE("requests that make no sense are refused", "[runtime][serving]") {
    gate at;
    tiny_server server(at, {.workers = 1});
    tiny_request request(2);
    const std::span<const float> in = request.in;
    CHECK(server.submit(in.first(3), request.out).reason()
          == request_refusal::input_is_not_whole_samples);
    CHECK(server.submit(in.first(2), request.out).reason()
          == request_refusal::output_does_not_match);
    server.stop();
    int calls = 0;
    CHECK(server.submit(in, request.out, {}, [&](const request_result&) { ++calls; }).reason()
          == request_refusal::stopped);
    CHECK(calls == 1);
    CHECK(server.status().requests.refused == 3);
    CHECK_THROWS_AS(tiny_server(at, {}, {.inputs = 5}), std::invalid_argument);
}

TEST_CASE("a full server refuses or lets wait, as asked", "[runtime][serving]") {
    for (const when_full policy : {when_full::refuse, when_full::wait}) {
        gate at;
        at.close();
        tiny_server server(at, {.workers = 1, .in_flight = 1, .when_full = policy});
        tiny_request first(1), second(1), third(1);
        const completion running = server.submit(first.in, first.out);
        at.await(1);
        if (policy == when_full::refuse) {
            CHECK(server.submit(second.in, second.out).reason() == request_refusal::full);
            at.release();
            running.wait();
            continue;
        }
        CHECK(server.submit(third.in, third.out, {.deadline = serving_clock::now() + 1ms}).status()
              == request_status::expired);
        std::thread client(
            [&] { CHECK(server.submit(second.in, second.out).wait() == request_status::done); });
        std::this_thread::sleep_for(2ms);
        at.release();
        client.join();
        running.wait();
        CHECK(second.right());
    }
}

TEST_CASE("cancelled and late requests end without a run", "[runtime][serving]") {
    gate at;
    at.close();
    tiny_server server(at, {.workers = 1, .in_flight = 8});
    tiny_request running(1), by_handle(1), by_token(1), late(1), partly(8);
    const completion first = server.submit(running.in, running.out);
    at.await(1);
    std::stop_source source;
    const completion a = server.submit(by_handle.in, by_handle.out);
    const completion b = server.submit(by_token.in, by_token.out, {.cancel = source.get_token()});
    const completion c = server.submit(late.in, late.out, {.deadline = serving_clock::now() + 1us});
    a.canceller().cancel();
    source.request_stop();
    first.cancel();  // it runs already
    at.release();
    CHECK(a.wait() == request_status::cancelled);
    CHECK(b.wait() == request_status::cancelled);
    CHECK(c.wait() == request_status::expired);
    CHECK(first.wait() == request_status::done);
    at.close();
    const completion d = server.submit(partly.in, partly.out);
    at.await(1);
    d.cancel();
    at.release();
    CHECK(d.wait() == request_status::cancelled);
    CHECK(at.batches == 2);
}

TEST_CASE("a cancelled request does not wait for company", "[runtime][serving]") {
    gate at;
    tiny_server server(at, {.workers = 2, .in_flight = 8, .max_delay = 1h});
    tiny_request request(1);
    const completion handle = server.submit(request.in, request.out);
    handle.cancel();
    CHECK(handle.wait() == request_status::cancelled);
}

TEST_CASE("an exception reaches its caller and nobody else", "[runtime][serving]") {
    gate at;
    const server_processing picky{.before = [](std::span<const float> from, std::span<float> to) {
        if (from[0] < 0) {
            throw std::domain_error("negative");
        }
        std::copy(from.begin(), from.end(), to.begin());
    }};
    tiny_server server(at, {.workers = 1, .in_flight = 8, .max_delay = 20ms}, picky);
    tiny_request good(1), bad(9, -1000.0F), loud(1);
    std::atomic<int> called = 0;
    const completion a = server.submit(good.in, good.out);
    const completion b = server.submit(bad.in, bad.out);
    const completion c = server.submit(loud.in, loud.out, {}, [&](const request_result& result) {
        called += result.status == request_status::done ? 1 : 100;
        throw std::logic_error("in a callback");
    });
    CHECK(a.wait() == request_status::done);
    CHECK(b.wait() == request_status::failed);
    CHECK(c.wait() == request_status::failed);
    CHECK(called == 1);
    CHECK((good.right() && loud.right()));
    CHECK_THROWS_AS(std::rethrow_exception(b.error()), std::domain_error);
    CHECK_THROWS_AS(std::rethrow_exception(c.error()), std::logic_error);
    tiny_request after(5);
    CHECK(server.submit(after.in, after.out).wait() == request_status::done);
    CHECK(after.right());
}

TEST_CASE("a worker that cannot start is the constructor's exception", "[runtime][serving]") {
    const batch_server::make_runner make = [](int worker) -> run_batch {
        if (worker == 1) {
            throw std::runtime_error("no memory");
        }
        return [](const float*, float*, std::size_t) {};
    };
    CHECK_THROWS_AS(batch_server({4, 2, 3}, server_plan({.workers = 3}, 1), {}, make),
                    std::runtime_error);
}

TEST_CASE("stop cancels or drains, twice, from any thread and from a callback",
          "[runtime][serving]") {
    for (const stop_mode mode : {stop_mode::drain, stop_mode::cancel}) {
        gate at;
        at.close();
        tiny_server server(at, {.workers = 1, .in_flight = 8});
        tiny_request first(1), second(4);
        const completion a = server.submit(first.in, first.out, {},
                                           [&](const request_result&) { server.stop(mode); });
        at.await(1);
        const completion b = server.submit(second.in, second.out);
        std::thread one([&] { server.stop(mode); });
        std::thread other([&] { server.stop(mode); });
        std::this_thread::sleep_for(1ms);
        at.release();
        one.join();
        other.join();
        CHECK(a.status() == request_status::done);
        CHECK(b.status()
              == (mode == stop_mode::drain ? request_status::done : request_status::cancelled));
        server.stop();
    }
}

TEST_CASE("a handle may outlive its server", "[runtime][serving]") {
    gate at;
    tiny_request request(6);
    completion handle;
    {
        tiny_server server(at, {.workers = 1, .in_flight = 8});
        handle = server.submit(request.in, request.out);
    }
    CHECK(handle.wait() == request_status::done);
    CHECK(request.right());
    handle.cancel();
}

TEST_CASE("a server starts and stops a thousand times", "[runtime][serving]") {
    gate at;
    int right = 0;
    for (int round = 0; round < 1000; ++round) {
        tiny_request request(static_cast<std::size_t>(round % 6));
        completion handle;
        {
            tiny_server server(at, {.workers = 2, .in_flight = 8, .max_delay = 1h});
            handle = server.submit(request.in, request.out);
            if (round % 3 == 0) {
                server.stop(stop_mode::cancel);
            }
        }
        right += handle.status() == request_status::done
                     ? request.right()
                     : round % 3 == 0 && handle.status() == request_status::cancelled;
    }
    CHECK(right == 1000);
}

TEST_CASE("every request is accounted for exactly once", "[runtime][serving]") {
    gate at;
    const server_processing moody{.before = [](std::span<const float> from, std::span<float> to) {
        if (from[1] > 240.0F) {
            throw std::domain_error("too large");
        }
        std::copy(from.begin(), from.end(), to.begin());
    }};
    for (const when_full policy : {when_full::refuse, when_full::wait}) {
        constexpr int clients = 4, rounds = 1500;
        std::atomic<std::uint64_t> seen[6]{}, wrong = 0, calls = 0, with_callback = 0;
        tiny_server server(
            at, {.workers = 2, .in_flight = 6, .max_delay = 50us, .when_full = policy}, moody);
        std::vector<std::thread> threads;
        for (int client = 0; client < clients; ++client) {
            threads.emplace_back([&, client] {
                std::mt19937 random(static_cast<unsigned>(client));
                for (int round = 0; round < rounds; ++round) {
                    if (client == 0 && round == rounds - 100) {
                        std::thread([&] { server.stop(stop_mode::cancel); }).join();
                    }
                    tiny_request request(random() % 11, static_cast<float>(random() % 250));
                    std::stop_source source;
                    request_options options{.cancel = source.get_token()};
                    if (random() % 4 == 0) {
                        options.deadline =
                            serving_clock::now() + std::chrono::microseconds(random() % 100);
                    }
                    const bool call = random() % 3 == 0;
                    const completion handle =
                        call ? server.submit(request.in, request.out, options,
                                             [&](const request_result& r) {
                                                 ++calls;
                                                 if (r.status == request_status::done
                                                     && request.in.size() == 6) {
                                                     throw std::logic_error("three samples");
                                                 }
                                             })
                             : server.submit(request.in, request.out, options);
                    with_callback += call ? 1U : 0U;
                    if (const auto dice = random() % 8; dice == 0) {
                        handle.cancel();
                    } else if (dice == 1) {
                        source.request_stop();
                    }
                    const request_status status = handle.wait();
                    ++seen[static_cast<std::size_t>(status)];
                    wrong += status == request_status::done && !request.right() ? 1U : 0U;
                    wrong += status == request_status::failed && !handle.error() ? 1U : 0U;
                }
            });
        }
        for (std::thread& t : threads) {
            t.join();
        }
        const request_counts counts = server.status().requests;
        CHECK(wrong == 0);
        CHECK(calls == with_callback);
        CHECK(counts.submitted == clients * rounds);
        CHECK(counts.ended() == counts.submitted);
        CHECK(counts.done == seen[static_cast<std::size_t>(request_status::done)]);
        CHECK(counts.refused == seen[static_cast<std::size_t>(request_status::refused)]);
        CHECK(counts.cancelled == seen[static_cast<std::size_t>(request_status::cancelled)]);
        CHECK(counts.expired == seen[static_cast<std::size_t>(request_status::expired)]);
        CHECK(counts.failed == seen[static_cast<std::size_t>(request_status::failed)]);
        CHECK(server.status().in_flight == 0);
    }
}
