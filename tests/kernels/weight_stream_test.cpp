// SPDX-License-Identifier: MIT
#include <soma/kernels/weight_stream.hpp>

#include "support/catch.hpp"

using soma::kernels::detail::weight_stream;

TEST_CASE("kernels/weight_stream: lines are spread over the steps, one per step at most") {
    const char* const from = nullptr;
    const auto address = reinterpret_cast<const void*>(std::uintptr_t{4096});
    weight_stream stream;

    stream.start(address, 1000, 100);  // fewer lines than steps
    CHECK(stream.pace() == 10);
    CHECK(stream.take(60) == 4096);
    CHECK(stream.take(30) == 4096 + 600);
    CHECK(stream.take(20) == 4096 + 900);
    CHECK(stream.take(1) == 0);

    stream.start(address, 1000, 3);  // more lines than steps
    CHECK(stream.pace() == 64);
    CHECK(stream.take(3) == 4096);

    stream.start(address, 1000, 0);  // no pace wanted
    CHECK(stream.pace() == 64);

    stream.start(from, 1000, 100);
    CHECK(stream.take(5) == 0);
}
