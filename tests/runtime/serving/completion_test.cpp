// SPDX-License-Identifier: MIT
#include <chrono>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <utility>

#include <soma/runtime/serving/completion.hpp>

#include "support/catch.hpp"

using namespace soma;

static_assert(std::is_nothrow_move_constructible_v<completion>);
static_assert(!std::is_copy_constructible_v<completion>, "a request has one handle");
static_assert(std::is_copy_constructible_v<canceller>);

namespace {

struct one_request {
    std::shared_ptr<request_pool> pool = std::make_shared<request_pool>(1);
    std::uint32_t slot = 0;

    completion begin() {
        const std::lock_guard lock(pool->mutex);
        slot = pool->acquire();
        REQUIRE(slot != request_pool::none);
        return {pool, slot, (*pool)[slot].generation};
    }
    void end(request_status status) {
        (*pool)[slot].result.status = status;
        pool->finish(slot);
        pool->release(slot);
    }
};

}  // namespace

TEST_CASE("a handle of nothing and one of a settled request are ready", "[runtime][serving]") {
    const completion nothing;
    CHECK(nothing.ready());
    CHECK(nothing.wait() == request_status::pending);
    nothing.cancel();
    nothing.canceller().cancel();
    canceller{}.cancel();

    const completion settled({request_status::refused, request_refusal::full, nullptr});
    CHECK(settled.ready());
    CHECK(settled.wait() == request_status::refused);
    CHECK(settled.reason() == request_refusal::full);
}

TEST_CASE("a handle waits for its request", "[runtime][serving]") {
    one_request request;
    const completion handle = request.begin();
    CHECK(!handle.ready());
    CHECK(handle.status() == request_status::pending);
    std::thread worker([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        request.end(request_status::done);
    });
    CHECK(handle.wait() == request_status::done);
    CHECK(handle.ready());
    worker.join();
}

TEST_CASE("a handle gives its slot back when it goes or takes another request",
          "[runtime][serving]") {
    one_request request;
    for (int i = 0; i < 3; ++i) {
        completion first = request.begin();
        request.end(request_status::expired);
        completion second = std::move(first);
        CHECK(second.status() == request_status::expired);
        second = completion({request_status::done, request_refusal::none, nullptr});
        CHECK(second.status() == request_status::done);
    }
}

TEST_CASE("a handle knows what its request failed with", "[runtime][serving]") {
    one_request request;
    const completion handle = request.begin();
    (*request.pool)[request.slot].result.error =
        std::make_exception_ptr(std::runtime_error("broken"));
    CHECK(handle.error() == nullptr);
    request.end(request_status::failed);
    CHECK_THROWS_AS(std::rethrow_exception(handle.error()), std::runtime_error);
}

TEST_CASE("a canceller outlives its request and does no harm", "[runtime][serving]") {
    one_request request;
    canceller late;
    {
        const completion handle = request.begin();
        late = handle.canceller();
        late.cancel();
        CHECK((*request.pool)[request.slot].cancel_asked);
        request.end(request_status::cancelled);
    }
    const completion next = request.begin();
    late.cancel();
    CHECK(!(*request.pool)[request.slot].cancel_asked);
    request.end(request_status::done);
}
