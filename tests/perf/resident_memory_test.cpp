// SPDX-License-Identifier: MIT
#include <soma/perf/resident_memory.hpp>

#include <memory>

#include "support/catch.hpp"

TEST_CASE("touched memory counts, and goes on counting once it is gone",
          "[perf][resident_memory]") {
    constexpr std::size_t size = std::size_t{64} << 20;
    const std::size_t before = soma::perf::peak_resident_bytes();
    REQUIRE(before > 0);
    {
        const auto bytes = std::make_unique<volatile char[]>(size);
        for (std::size_t i = 0; i < size; i += 4096) {
            bytes[i] = 1;
        }
    }
    const std::size_t after = soma::perf::peak_resident_bytes();
    CHECK(after >= before + size / 2);
    CHECK(after <= before + 2 * size);
}
