// SPDX-License-Identifier: MIT
#include <cmath>
#include <concepts>
#include <limits>

#include <soma/numeric/format.hpp>

#include "support/catch.hpp"

using namespace soma;

static_assert(std::same_as<type_of_t<format::f32>, float>);
static_assert(std::same_as<type_of_t<format::f16>, float16>);
static_assert(std::same_as<type_of_t<format::bf16>, bfloat16>);
static_assert(format_of<float> == format::f32 && format_of<float16> == format::f16);
static_assert(format_of<bfloat16> == format::bf16);
static_assert(numeric_format<bfloat16> && !numeric_format<double> && !numeric_format<const float>);
static_assert(name(format::f32) == "fp32" && name(format::f16) == "fp16");
static_assert(name(format::bf16) == "bf16");

TEMPLATE_TEST_CASE(
    "the facts of a format describe its type", "[numeric][format]", float, float16, bfloat16) {
    constexpr format kind = format_of<TestType>;
    const auto stored = [](double value) {
        return static_cast<double>(static_cast<float>(TestType(static_cast<float>(value))));
    };
    CHECK(size_of(kind) == sizeof(TestType));

    const double u = unit_roundoff(kind);
    CHECK(stored(1.0 + 2.0 * u) == 1.0 + 2.0 * u);
    CHECK(stored(1.0 + u) == 1.0);

    CHECK(stored(largest(kind)) == largest(kind));
    CHECK(stored(smallest_subnormal(kind)) == smallest_subnormal(kind));
    CHECK(stored(smallest_subnormal(kind) / 2.0) == 0.0);
    CHECK(stored(smallest_normal(kind) * (1.0 + 2.0 * u))
          == smallest_normal(kind) * (1.0 + 2.0 * u));
    CHECK(smallest_subnormal(kind) == smallest_normal(kind) * 2.0 * u);
}

TEST_CASE("the next value after the largest 16-bit one is infinity", "[numeric][format]") {
    CHECK(std::isinf(static_cast<float>(float16(65536.0F))));
    CHECK(std::isinf(static_cast<float>(bfloat16(std::numeric_limits<float>::max()))));
}
