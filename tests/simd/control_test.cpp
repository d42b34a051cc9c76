// SPDX-License-Identifier: MIT
#include <soma/simd/control.hpp>

#include <type_traits>

#include "support/catch.hpp"

static_assert(!std::is_copy_constructible_v<soma::simd::flush_denormals_scope>);

namespace {

/// The product of two numbers the compiler cannot see.
float multiply(float x, float y) {
    const volatile float hidden_x = x;
    const volatile float hidden_y = y;
    return hidden_x * hidden_y;
}

}  // namespace

TEST_CASE("subnormals are flushed inside the scope and return after it") {
    const float before = multiply(0x1p-100F, 0x1p-30F);
    CHECK(before == 0x1p-130F);
    {
        const soma::simd::flush_denormals_scope scope;
        const float inside = multiply(0x1p-100F, 0x1p-30F);
        const bool flushed = inside == 0.0F;
#if defined(__SSE2__)
        CHECK(flushed);
#else
        CHECK_FALSE(flushed);
#endif
    }
    const float after = multiply(0x1p-100F, 0x1p-30F);
    CHECK(after == 0x1p-130F);
}
