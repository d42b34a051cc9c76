// SPDX-License-Identifier: MIT
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include <soma/io/tensor_entry.hpp>

#include "support/catch.hpp"

using namespace soma::io;

using dims = std::vector<std::int64_t>;
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

TEST_CASE("the size of a shape is its product times the element", "[io][tensor_entry]") {
    CHECK(byte_size(dtype::f32, dims{}) == std::size_t{4});
    CHECK(byte_size(dtype::f16, dims{16, 1, 3, 3}) == std::size_t{288});
    CHECK(byte_size(dtype::f64, dims{0, 5}) == std::size_t{0});
    CHECK(byte_size(dtype::u8, dims{most}) == static_cast<std::size_t>(most));
}

TEST_CASE("a size beyond 64 bits is no size", "[io][tensor_entry]") {
    CHECK(byte_size(dtype::u8, dims{most, 3}) == std::nullopt);
    CHECK(byte_size(dtype::f32, dims{most}) == std::nullopt);
    CHECK(byte_size(dtype::f32, dims{1LL << 32, 1LL << 32, 1LL << 32}) == std::nullopt);
    CHECK(byte_size(dtype::f32, dims{3, -1}) == std::nullopt);
    CHECK(byte_size(dtype::f32, dims{0, -1}) == std::nullopt);
}

TEST_CASE("no elements take no bytes, whatever the other dimensions", "[io][tensor_entry]") {
    CHECK(byte_size(dtype::f32, dims{most, most, 0}) == std::size_t{0});
    CHECK(byte_size(dtype::f32, dims{0, most, most}) == std::size_t{0});
}

TEST_CASE("elements are counted in bytes over the size of one", "[io][tensor_entry]") {
    const std::vector<std::byte> bytes(24);
    CHECK(element_count({"w", dtype::f32, {2, 3}, bytes}) == 6);
    CHECK(element_count({"w", dtype::f64, {3}, bytes}) == 3);
}

TEST_CASE("shapes are written as lists", "[io][tensor_entry]") {
    CHECK(to_string(dims{}) == "[]");
    CHECK(to_string(dims{16, 1, 3}) == "[16, 1, 3]");
    CHECK(to_string(dims(17, 1)) == "[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, ...]");
}
