// SPDX-License-Identifier: MIT
#include <atomic>
#include <coroutine>
#include <deque>
#include <exception>
#include <stdexcept>

#include <soma/runtime/serving/infer_awaitable.hpp>

#include "support/catch.hpp"
#include "support/served.hpp"

using namespace soma;
using namespace soma::test;

namespace {

/// A coroutine that nobody awaits.
struct task {
    struct promise_type {
        task get_return_object() noexcept { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        void unhandled_exception() { std::terminate(); }
    };
};

struct tally {
    std::atomic<int> done = 0, other = 0, running = 0;

    void leave() {
        --running;
        running.notify_all();
    }
    void await() {
        for (int left = running; left != 0; left = running) {
            running.wait(left);
        }
    }
};

task client(batch_server& server, tally& seen, tiny_request& request, int rounds) {
    for (int i = 0; i < rounds; ++i) {
        const request_result result = co_await infer_awaitable(server, request.in, request.out, {});
        ++(result.status == request_status::done && request.right() ? seen.done : seen.other);
    }
    seen.leave();
}

}  // namespace

TEST_CASE("coroutines await their results on the workers", "[runtime][serving]") {
    gate at;
    tally seen;
    std::deque<tiny_request> requests;
    tiny_server server(at, {.workers = 2, .in_flight = 8});
    seen.running = 5;
    for (std::size_t i = 0; i < 5; ++i) {
        client(server, seen, requests.emplace_back(i, 2.0F), 300);
    }
    seen.await();
    CHECK(seen.done == 1500);
    server.stop();  // the last coroutine ran inside its request's callback
    CHECK(server.status().requests.done == 1500);
}

TEST_CASE("a coroutine goes on at once where its request is refused", "[runtime][serving]") {
    gate at;
    tally seen;
    tiny_request request(2);
    tiny_server server(at, {.workers = 1});
    server.stop();
    seen.running = 1;
    client(server, seen, request, 20000);  // no recursion
    CHECK(seen.running == 0);
    CHECK(seen.other == 20000);
}
