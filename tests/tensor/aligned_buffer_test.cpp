// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <type_traits>
#include <utility>

#include <soma/tensor/aligned_buffer.hpp>

#include "support/catch.hpp"

using soma::aligned_buffer;

static_assert(!std::is_copy_constructible_v<aligned_buffer>);
static_assert(std::is_nothrow_move_constructible_v<aligned_buffer>);
static_assert(std::is_nothrow_move_assignable_v<aligned_buffer>);
static_assert(!std::is_convertible_v<std::size_t, aligned_buffer>);

namespace {

bool is_aligned(const void* data, std::size_t alignment) {
    return reinterpret_cast<std::uintptr_t>(data) % alignment == 0;
}

}  // namespace

TEST_CASE("a buffer is aligned and zero up to the end of its last cache line",
          "[tensor][aligned_buffer]") {
    const std::size_t size =
        GENERATE(std::size_t{1}, std::size_t{64}, std::size_t{65}, aligned_buffer::huge_page - 1,
                 aligned_buffer::huge_page, aligned_buffer::huge_page + 1);
    const aligned_buffer buffer(size);
    CHECK(buffer.size() == size);
    const bool huge = size >= aligned_buffer::huge_page;
    CHECK(is_aligned(buffer.data(), huge ? aligned_buffer::huge_page : aligned_buffer::alignment));
    const std::size_t padded = (size + 63) / 64 * 64;
    CHECK(std::all_of(buffer.data(), buffer.data() + padded,
                      [](std::byte byte) { return byte == std::byte{0}; }));
}

TEST_CASE("a buffer that is not zeroed has the same size and place", "[tensor][aligned_buffer]") {
    const std::size_t size = GENERATE(std::size_t{1}, aligned_buffer::huge_page + 1);
    aligned_buffer buffer(size, aligned_buffer::unwritten{});
    CHECK(buffer.size() == size);
    const bool huge = size >= aligned_buffer::huge_page;
    CHECK(is_aligned(buffer.data(), huge ? aligned_buffer::huge_page : aligned_buffer::alignment));
    buffer.data()[size - 1] = std::byte{7};
    CHECK(buffer.data()[size - 1] == std::byte{7});
    CHECK(aligned_buffer(0, aligned_buffer::unwritten{}).data() == nullptr);
}

TEST_CASE("a buffer of no bytes allocates nothing", "[tensor][aligned_buffer]") {
    CHECK(aligned_buffer().data() == nullptr);
    CHECK(aligned_buffer(0).data() == nullptr);
    CHECK(aligned_buffer(0).size() == 0);
}

TEST_CASE("moving a buffer moves its bytes", "[tensor][aligned_buffer]") {
    aligned_buffer first(100);
    const std::byte* const data = first.data();
    first.data()[99] = std::byte{7};

    aligned_buffer second(std::move(first));
    CHECK(second.data() == data);
    CHECK(second.data()[99] == std::byte{7});

    aligned_buffer third(10);
    third = std::move(second);
    CHECK(third.data() == data);
    CHECK(third.size() == 100);
}

TEST_CASE("a buffer that cannot be had throws", "[tensor][aligned_buffer]") {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
    CHECK_THROWS_AS(aligned_buffer(most), std::bad_alloc);
}
