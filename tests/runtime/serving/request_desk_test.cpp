// SPDX-License-Identifier: MIT
#include <chrono>
#include <exception>
#include <thread>
#include <utility>

#include <soma/runtime/serving/request_desk.hpp>

#include "support/catch.hpp"
#include "support/served.hpp"

using namespace soma;
using namespace soma::test;

namespace {

/// Between which a batch has run.
constexpr serving_clock::time_point before{}, after{5ns};

/// A desk whose only worker is the test.
struct counter {
    request_desk desk;
    server_processing none{};
    batch_worker worker{{4, tiny_inputs, tiny_outputs}, none, false, 8};
    gate at{};
    request_result settled{};

    explicit counter(server_options options) : desk({4, tiny_inputs, tiny_outputs}, options) {}

    completion begin(tiny_request& request,
                     request_options options = {},
                     request_callback callback = {}) {
        settled = {};
        return desk.begin(request.in, request.out, std::move(options), callback, false, settled);
    }
    bool serve() {
        if (!desk.next(worker)) {
            return false;
        }
        worker.run(tiny_runner(at));
        desk.settle(worker, before, after);
        return true;
    }
};

}  // namespace

TEST_CASE("a desk takes as many requests as may be in flight", "[runtime][serving]") {
    counter c({.in_flight = 2, .handles = 3});
    tiny_request request(1);
    const completion a = c.begin(request);
    const completion b = c.begin(request);
    static_cast<void>(c.begin(request));
    CHECK(c.settled.reason == request_refusal::full);
    CHECK(c.desk.status().in_flight == 2);
    CHECK(c.desk.status().queued_samples == 2);
    REQUIRE(c.serve());  // both at once
    CHECK(a.status() == request_status::done);
    CHECK(b.status() == request_status::done);
    CHECK(c.desk.status().in_flight == 0);
    CHECK(c.desk.status().batches == 1);
    CHECK(c.desk.status(c.worker).busy == 5ns);

    const completion third = c.begin(request);  // two finished ones are still held
    static_cast<void>(c.begin(request));
    CHECK(c.settled.reason == request_refusal::no_handle);
    c.desk.close(stop_mode::drain);
    static_cast<void>(c.begin(request));
    CHECK(c.settled.reason == request_refusal::stopped);
    REQUIRE(c.serve());
    CHECK(third.status() == request_status::done);
    CHECK(!c.serve());
    const request_counts counts = c.desk.status().requests;
    CHECK(counts.submitted == 6);
    CHECK(counts.done == 3);
    CHECK(counts.refused == 3);
}

TEST_CASE("a batch that nobody else can join does not wait", "[runtime][serving]") {
    counter c({.in_flight = 2, .handles = 2, .max_delay = 1h});
    tiny_request request(1);
    const completion a = c.begin(request);
    const completion b = c.begin(request);
    REQUIRE(c.serve());
    CHECK(a.ready());
    CHECK(b.ready());
}

TEST_CASE("a callback may begin a request in the room its own has left", "[runtime][serving]") {
    counter c({.in_flight = 1, .handles = 2});
    tiny_request request(1), next(1, 9.0F);
    request_status again = request_status::refused;
    static_cast<void>(c.begin(request, {}, [&](const request_result& result) {
        CHECK(result.status == request_status::done);
        static_cast<void>(c.begin(next));
        again = c.settled.status;
    }));
    REQUIRE(c.serve());
    CHECK(again == request_status::pending);
    REQUIRE(c.serve());
    CHECK(next.right());
}

TEST_CASE("a desk that cancels ends what waits", "[runtime][serving]") {
    counter c({.in_flight = 4, .handles = 4, .max_delay = 1h});
    tiny_request request(1);
    const completion a = c.begin(request);
    const completion b = c.begin(request);
    c.desk.close(stop_mode::drain);
    c.desk.close(stop_mode::cancel);
    CHECK(!c.serve());
    CHECK(a.status() == request_status::cancelled);
    CHECK(b.status() == request_status::cancelled);
    CHECK(c.desk.status().requests.cancelled == 2);
}

TEST_CASE("requests may join a batch between its two halves", "[runtime][serving]") {
    counter c({.in_flight = 4, .handles = 8});
    tiny_request request(1), late(1), whole(4);
    const completion a = c.begin(request);
    REQUIRE(c.desk.await(c.worker));
    const completion b = c.begin(late);
    REQUIRE(c.desk.take(c.worker));
    CHECK(c.worker.parts.size() == 2);
    c.worker.run(tiny_runner(c.at));
    c.desk.settle(c.worker, before, after);
    CHECK((a.ready() && b.ready()));
    CHECK(!c.desk.take(c.worker));  // nothing there

    // What one worker is expected to take is no other's; what is beyond is.
    batch_worker other{{4, tiny_inputs, tiny_outputs}, c.none, false, 8};
    const completion first = c.begin(whole);
    REQUIRE(c.desk.await(c.worker));
    const completion second = c.begin(request);
    REQUIRE(c.desk.await(other));
    REQUIRE(c.desk.take(other));
    CHECK(other.parts.front().count == 4);
    REQUIRE(c.desk.take(c.worker));
    CHECK(c.worker.parts.front().count == 1);
    for (batch_worker* worker : {&other, &c.worker}) {
        worker->run(tiny_runner(c.at));
        c.desk.settle(*worker, before, after);
    }
    CHECK((first.ready() && second.ready()));
}

TEST_CASE("what is over by the time it is taken does not run", "[runtime][serving]") {
    counter c({.in_flight = 4, .handles = 8});
    tiny_request request(1);
    const completion cancelled = c.begin(request);
    const completion late = c.begin(request, {.deadline = serving_clock::now() + 1ms});
    REQUIRE(c.desk.await(c.worker));
    cancelled.cancel();
    std::this_thread::sleep_for(2ms);
    CHECK(!c.desk.take(c.worker));
    CHECK(cancelled.status() == request_status::cancelled);
    CHECK(late.status() == request_status::expired);

    const completion stopped = c.begin(request);
    REQUIRE(c.desk.await(c.worker));
    c.desk.close(stop_mode::cancel);
    CHECK(!c.desk.take(c.worker));
    CHECK(stopped.status() == request_status::cancelled);
    CHECK(!c.desk.await(c.worker));
}

TEST_CASE("a worker that goes wakes those that waited for what it expected", "[runtime][serving]") {
    counter c({.in_flight = 4, .handles = 8});
    tiny_request request(8);
    const completion failing = c.begin(request);
    REQUIRE(c.desk.next(c.worker));  // the first half of the request
    batch_worker second{{4, tiny_inputs, tiny_outputs}, c.none, false, 8};
    REQUIRE(c.desk.await(second));  // the other half
    c.desk.close(stop_mode::drain);
    bool goes = false;
    std::thread third([&] {
        batch_worker own{{4, tiny_inputs, tiny_outputs}, c.none, false, 8};
        goes = !c.desk.next(own);
    });
    std::this_thread::sleep_for(1ms);
    c.worker.parts.front().error = std::make_exception_ptr(1);
    c.desk.settle(c.worker, before, after);  // drops the rest
    CHECK(failing.status() == request_status::failed);
    CHECK(!c.desk.take(second));
    CHECK(!c.desk.await(second));
    third.join();
    CHECK(goes);
}
