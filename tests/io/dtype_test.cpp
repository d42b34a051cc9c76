// SPDX-License-Identifier: MIT
#include <cstddef>

#include <soma/io/dtype.hpp>

#include "support/catch.hpp"

using namespace soma::io;

static_assert(dtype_named("BF16") == dtype::bf16 && name(dtype::bf16) == "BF16");
static_assert(!dtype_named("bf16") && !dtype_named("") && !dtype_named("F4"));
static_assert(size_of(dtype::boolean) == 1 && size_of(dtype::f8_e4m3) == 1);
static_assert(size_of(dtype::f16) == 2 && size_of(dtype::u32) == 4 && size_of(dtype::f64) == 8);
static_assert(is_floating(dtype::f64) && !is_floating(dtype::f8_e5m2) && !is_floating(dtype::i32));

TEST_CASE("every type has a name that leads back to it", "[io][dtype]") {
    for (std::size_t i = 0; i <= static_cast<std::size_t>(dtype::u64); ++i) {
        const auto type = static_cast<dtype>(i);
        CHECK(dtype_named(name(type)) == type);
    }
}
