// SPDX-License-Identifier: MIT
#include <array>
#include <memory>
#include <type_traits>
#include <utility>

#include <soma/runtime/serving/inplace_callback.hpp>

#include "support/catch.hpp"

using namespace soma;

using callback = inplace_callback<void(int)>;
static_assert(std::is_nothrow_move_constructible_v<callback>);
static_assert(!std::is_copy_constructible_v<callback>);
static_assert(!std::is_constructible_v<callback, int>, "no callable");

TEST_CASE("an in-place callback calls what it holds", "[runtime][serving]") {
    int sum = 0;
    callback add = [&sum](int value) { sum += value; };
    REQUIRE(static_cast<bool>(add));
    add(2);
    add(3);
    CHECK(sum == 5);
    CHECK(!callback());
}

TEST_CASE("a callback's captures live as long as it, and move with it", "[runtime][serving]") {
    const auto watched = std::make_shared<int>(0);
    {
        callback a = [watched](int value) { *watched = value; };
        CHECK(watched.use_count() == 2);
        callback b = std::move(a);
        CHECK(watched.use_count() == 2);
        CHECK(!a);
        b(7);
        callback c;
        c = std::move(b);
        c(*watched + 1);
        callback& same = c;
        c = std::move(same);
        CHECK(static_cast<bool>(c));
        c = [](int) {};
        CHECK(watched.use_count() == 1);
        a = [watched](int) {};
        a.reset();
        CHECK(watched.use_count() == 1);
        b = [watched](int) {};
    }
    CHECK(watched.use_count() == 1);
    CHECK(*watched == 8);
}

TEST_CASE("a callback takes a callable that fills it and one that cannot be copied",
          "[runtime][serving]") {
    std::array<char, callback::capacity - sizeof(void*)> large{};
    large.back() = 3;
    int got = 0;
    callback a = [large, &got](int value) { got = value + large.back(); };
    a(4);
    CHECK(got == 7);
    callback b = [only = std::make_unique<int>(5), to = &got](int value) { *to = *only * value; };
    b(2);
    CHECK(got == 10);
}
