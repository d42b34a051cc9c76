// SPDX-License-Identifier: MIT
#include <soma/runtime/serving/server_status.hpp>

#include "support/catch.hpp"

using namespace soma;

TEST_CASE("every end of a request is counted once", "[runtime][serving]") {
    request_counts counts;
    for (const auto status :
         {request_status::done, request_status::refused, request_status::cancelled,
          request_status::expired, request_status::failed, request_status::pending}) {
        ++counts.submitted;
        counts.count(status);
    }
    CHECK(counts.ended() == counts.submitted - 1);
    CHECK((counts.done == 1 && counts.refused == 1 && counts.cancelled == 1 && counts.expired == 1
           && counts.failed == 1));
}

TEST_CASE("batch fill is the share that was not padding", "[runtime][serving]") {
    server_status status;
    CHECK(status.batch_fill() == 0.0);
    status.samples = 15;
    status.padding = 5;
    CHECK(status.batch_fill() == 0.75);
}
