// SPDX-License-Identifier: MIT
#include <stop_token>
#include <string_view>
#include <type_traits>

#include <soma/runtime/serving/request.hpp>

#include "support/catch.hpp"

using namespace soma;

static_assert(serving_clock::is_steady);
static_assert(std::is_nothrow_move_assignable_v<request_options>);
static_assert(std::is_nothrow_move_assignable_v<request_result>);

TEST_CASE("a request says nothing about time or cancellation unless asked", "[runtime][serving]") {
    const request_options options;
    CHECK(options.deadline == serving_clock::time_point::max());
    CHECK(!options.cancel.stop_possible());
}

TEST_CASE("a result is pending until it is something else", "[runtime][serving]") {
    const request_result result;
    CHECK(result.status == request_status::pending);
    CHECK(result.reason == request_refusal::none);
    CHECK(result.error == nullptr);
    CHECK(std::string_view(nan_result{}.what()).find("NaN") != std::string_view::npos);
}
