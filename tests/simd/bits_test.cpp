// SPDX-License-Identifier: MIT
#include <soma/simd/bits.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/samples.hpp"

using namespace soma;

namespace {

template <class Isa>
float lane(simd::vec<Isa> x) {
    std::array<float, 16> values{};
    simd::store(x, values.data());
    for (int i = 1; i < Isa::lanes; ++i) {
        CHECK(test::same(values[static_cast<std::size_t>(i)], values[0]));
    }
    return values[0];
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("signs are bits, also of zero, infinity and NaN",
                        "[simd][bits]",
                        test::enabled_isas) {
    using vec = simd::vec<TestType>;
    const auto bits = [](float x) { return std::bit_cast<std::uint32_t>(x); };
    for (const float x : test::special_floats()) {
        CHECK(bits(lane<TestType>(abs(vec(x)))) == (bits(x) & 0x7FFF'FFFFU));
        CHECK(bits(lane<TestType>(negate(vec(x)))) == (bits(x) ^ 0x8000'0000U));
        CHECK(bits(lane<TestType>(copy_sign(vec(x), vec(-1.0F)))) == (bits(x) | 0x8000'0000U));
        CHECK(bits(lane<TestType>(copy_sign(vec(x), vec(0.0F)))) == (bits(x) & 0x7FFF'FFFFU));
        CHECK(bits(lane<TestType>(upper_half(vec(x)))) == (bits(x) & 0xFFFF'F000U));
    }
}

TEMPLATE_LIST_TEST_CASE("rounded integers go to even and scale as exponents",
                        "[simd][bits]",
                        test::enabled_isas) {
    using vec = simd::vec<TestType>;
    for (const float x : {0.0F, 0.5F, 1.5F, -0.5F, -1.5F, 2.49F, 126.0F, -125.6F}) {
        const vec shifted = simd::rounded_integer(vec(x));
        const float n = std::nearbyint(x);
        CHECK(lane<TestType>(shifted - vec(simd::integer_shift)) == n);
        CHECK(lane<TestType>(simd::scale_by_power(vec(1.25F), shifted))
              == std::ldexp(1.25F, static_cast<int>(n)));
    }
}

TEMPLATE_LIST_TEST_CASE("split takes numbers apart next to one",
                        "[simd][bits]",
                        test::enabled_isas) {
    using vec = simd::vec<TestType>;
    for (const float x :
         {1.0F, 0.70710677F, 0.7071068F, 1.4142135F, 1.4142137F, 0x1p-126F, 3e38F}) {
        const auto [significand, exponent] = simd::split(vec(x));
        const float fraction = lane<TestType>(significand);
        CHECK(fraction >= 0.7071F);
        CHECK(fraction < 1.4143F);
        CHECK(std::ldexp(fraction, static_cast<int>(lane<TestType>(exponent))) == x);
    }
}
