// SPDX-License-Identifier: MIT
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <soma/runtime/serving/batch_former.hpp>

#include "support/catch.hpp"

using namespace soma;
using namespace std::chrono_literals;

namespace {

using time_point = serving_clock::time_point;
constexpr time_point start{1000s};

/// Batches of four, and a millisecond of patience.
struct desk {
    std::size_t in_a_row = 1;
    request_pool pool{8};
    batch_former former{pool, 4, 1ms, in_a_row};
    std::vector<batch_part> parts{};
    std::vector<std::uint32_t> ended{};
    bool told = false;

    std::uint32_t add(std::size_t samples, time_point now = start, request_options options = {}) {
        const std::uint32_t i = pool.acquire();
        pool[i].samples = samples;
        pool[i].arrival = now;
        pool[i].options = std::move(options);
        told = former.add(i);
        return i;
    }
    void take(time_point now = start) {
        parts.clear();
        former.take(now, parts, ended);
    }
    /// "request:first+count", parts with spaces between.
    [[nodiscard]] std::string batch() const {
        std::string text;
        for (const batch_part& p : parts) {
            text.append(text.empty() ? "" : " ").append(std::to_string(p.request)).append(":");
            text.append(std::to_string(p.first)).append("+").append(std::to_string(p.count));
        }
        return text;
    }
    void settle() {
        for (batch_part& p : parts) {
            former.settle(p, ended);
        }
        parts.clear();
    }
};

}  // namespace

TEST_CASE("requests are cut to batches in their order", "[runtime][serving]") {
    desk d;
    d.add(3);
    d.add(7);
    d.add(1);
    CHECK(d.former.samples() == 11);
    d.take();
    CHECK(d.batch() == "0:0+3 1:0+1");
    d.take();
    CHECK(d.batch() == "1:1+4");
    d.take();
    CHECK(d.batch() == "1:5+2 2:0+1");
    CHECK(d.former.empty());
    CHECK(d.former.samples() == 0);
    d.take();
    CHECK(d.batch().empty());
}

TEST_CASE("a batch starts when it is full or the first has waited", "[runtime][serving]") {
    desk d;
    CHECK(!d.former.ready(start + 1h));
    CHECK(d.former.start_by() == time_point::max());
    d.add(1);
    CHECK(d.told);
    d.add(2, start + 100us);
    CHECK(!d.told);
    CHECK(!d.former.ready(start + 999us));
    CHECK(d.former.ready(start + 1ms));
    CHECK(d.former.start_by() == start + 1ms);
    d.add(1, start + 200us);
    CHECK(d.told);
    CHECK(d.former.ready(start + 200us));
}

TEST_CASE("a request waits no longer than half of what its deadline leaves", "[runtime][serving]") {
    desk d;
    d.add(1);
    d.add(1, start, {.deadline = start + 400us});
    CHECK(d.told);
    CHECK(d.former.start_by() == start + 200us);
    d.add(1, start, {.deadline = time_point::min()});
    CHECK(d.former.start_by() == start);
}

TEST_CASE("endless patience is no overflow", "[runtime][serving]") {
    request_pool pool(2);
    batch_former patient(pool, 4, std::chrono::nanoseconds::max());
    const std::uint32_t i = pool.acquire();
    pool[i].samples = 1;
    pool[i].arrival = start;
    CHECK(patient.add(i));
    CHECK(patient.start_by() == time_point::max());
    batch_former hasty(pool, 4, std::chrono::nanoseconds::min());
    static_cast<void>(hasty.add(i));
    CHECK(hasty.ready(start));
}

TEST_CASE("late and cancelled requests do not run", "[runtime][serving]") {
    desk d;
    std::stop_source source;
    const auto late = d.add(2, start, {.deadline = start + 10us});
    const auto cancelled = d.add(2);
    const auto token = d.add(2, start, {.cancel = source.get_token()});
    const auto fine = d.add(2, start, {.deadline = start + 1s});
    d.pool[cancelled].cancel_asked = true;
    source.request_stop();
    d.take(start + 10us);
    CHECK(d.batch() == std::to_string(fine) + ":0+2");
    CHECK(d.ended == std::vector{late, cancelled, token});
    CHECK(d.pool[late].result.status == request_status::expired);
    CHECK(d.pool[cancelled].result.status == request_status::cancelled);
    CHECK(d.pool[token].result.status == request_status::cancelled);
    CHECK(d.former.samples() == 0);
}

TEST_CASE("a request that partly runs ends when that has come back", "[runtime][serving]") {
    desk d;
    const auto i = d.add(9);
    d.take();
    d.former.sweep(start, false, d.ended);
    CHECK(d.former.samples() == 5);
    d.former.sweep(start, true, d.ended);
    CHECK(d.ended.empty());
    CHECK(d.former.empty());
    CHECK(d.former.samples() == 0);
    d.settle();
    CHECK(d.ended == std::vector{i});
    CHECK(d.pool[i].result.status == request_status::cancelled);
}

TEST_CASE("where batches run in a row, one makes a start due and all there are go",
          "[runtime][serving]") {
    desk d{.in_a_row = 3};
    d.add(3);
    CHECK_FALSE(d.former.ready(start));
    d.add(4);
    d.add(8);
    CHECK(d.former.ready(start));
    d.take();
    CHECK(d.batch() == "0:0+3 1:0+4 2:0+5");
    CHECK(d.former.samples() == 3);
    CHECK_FALSE(d.former.ready(start));
}

TEST_CASE("a request is done when the last part is, whichever that is", "[runtime][serving]") {
    desk d;
    const auto i = d.add(6);
    d.take();
    auto first = d.parts;
    d.take();
    d.settle();
    CHECK(d.ended.empty());
    d.parts = first;
    d.settle();
    CHECK(d.ended == std::vector{i});
    CHECK(d.pool[i].result.status == request_status::done);
}

TEST_CASE("an error drops what waits of its request and no other", "[runtime][serving]") {
    desk d;
    const auto bad = d.add(9);
    d.add(2);
    d.take();
    d.parts[0].error = std::make_exception_ptr(std::runtime_error("x"));
    d.settle();
    CHECK(d.ended == std::vector{bad});
    CHECK(d.pool[bad].result.status == request_status::failed);
    CHECK(d.pool[bad].result.error != nullptr);
    CHECK(d.former.samples() == 2);
    d.take();
    CHECK(d.batch() == "1:0+2");
}
