// SPDX-License-Identifier: MIT
#include <soma/simd/vec.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "support/catch.hpp"
#include "support/isas.hpp"

using namespace soma::simd;
using soma::test::for_each_isa;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

template <class Isa>
std::array<float, 16> lanes_of(vec<Isa> x) {
    alignas(64) std::array<float, 16> result{};
    store(x, result.data());
    return result;
}

template <class Isa>
float lane(vec<Isa> x, int i = 0) {
    return lanes_of(x)[static_cast<std::size_t>(i)];
}

}  // namespace

TEST_CASE("loads and stores keep every lane in place") {
    for_each_isa([]<class Isa>() {
        alignas(64) std::array<float, 33> from{};
        for (std::size_t i = 0; i < from.size(); ++i) {
            from[i] = static_cast<float>(i) + 0.5F;
        }
        alignas(64) std::array<float, 33> to{};
        store(load<Isa>(from.data() + 1), to.data() + 1);
        for (std::size_t i = 0; i < to.size(); ++i) {
            const bool inside = i >= 1 && i <= std::size_t{Isa::lanes};
            CHECK(to[i] == (inside ? from[i] : 0.0F));
        }
        store_aligned(load_aligned<Isa>(from.data()), to.data());
        CHECK(to[0] == from[0]);
    });
}

TEST_CASE("partial loads fill with zeros and partial stores leave the rest alone") {
    for_each_isa([]<class Isa>() {
        const auto lanes = static_cast<std::size_t>(Isa::lanes);
        for (std::size_t count = 0; count <= lanes; ++count) {
            std::array<float, 16> from;
            from.fill(3.0F);
            const auto read = lanes_of(load_partial<Isa>(from.data(), static_cast<int>(count)));
            std::array<float, 17> to;
            to.fill(-1.0F);
            store_partial(vec<Isa>(7.0F), to.data(), static_cast<int>(count));
            for (std::size_t i = 0; i < lanes; ++i) {
                CHECK(read[i] == (i < count ? 3.0F : 0.0F));
                CHECK(to[i] == (i < count ? 7.0F : -1.0F));
            }
            CHECK(to[lanes] == -1.0F);
        }
    });
}

TEST_CASE("operators round each result, mul_add rounds once where the instruction set can") {
    // (1 + u)^2 = 1 + 2 u + u^2: a product on its own loses the last term, which is what is left
    // after taking the rest away.
    const float factor = 1.0F + 0x1p-12F;
    const float rest = -(1.0F + 0x1p-11F);
    for_each_isa([&]<class Isa>() {
        const vec<Isa> x(factor);
        const vec<Isa> z(rest);
        CHECK(lane(x * x + z) == 0.0F);
        CHECK(lane(mul_add(x, x, z)) == (Isa::fused_multiply_add ? 0x1p-24F : 0.0F));
        CHECK(lane(x - x) == 0.0F);
        CHECK(lane(x / x) == 1.0F);
    });
}

TEST_CASE("min and max give their second operand where one is not a number") {
    for_each_isa([]<class Isa>() {
        const vec<Isa> one(1.0F);
        const vec<Isa> two(2.0F);
        const vec<Isa> none(not_a_number);
        CHECK(lane(max(one, two)) == 2.0F);
        CHECK(lane(min(one, two), 1) == 1.0F);
        CHECK(std::isnan(lane(max(one, none))));
        CHECK(std::isnan(lane(min(one, none))));
        CHECK(lane(zero<Isa>()) == 0.0F);
    });
}
