// SPDX-License-Identifier: MIT
#include <soma/simd/arch/avx512.hpp>

#include <array>

#include <soma/simd/vec.hpp>

#include "support/catch.hpp"

#if SOMA_HAS_AVX512

TEST_CASE("avx512 halves keep their elements through partial loads and stores") {
    using ops = soma::simd::arch::ops<soma::simd::isa::avx512>;
    constexpr int lanes = soma::simd::isa::avx512::lanes;
    for (int count = 0; count <= lanes; ++count) {
        std::array<std::uint16_t, lanes + 1> from{};
        for (std::size_t k = 0; k < from.size(); ++k) {
            from[k] = static_cast<std::uint16_t>(k + 1);
        }
        std::array<std::uint16_t, lanes + 1> to{};
        ops::store_half_partial(ops::load_half_partial(from.data(), count), to.data(), count);
        for (std::size_t k = 0; k < to.size(); ++k) {
            CHECK(to[k] == (k < static_cast<std::size_t>(count) ? k + 1 : 0));
        }
        ops::store_half(ops::load_half(from.data()), to.data());
        CHECK(to[lanes - 1] == lanes);
        CHECK(to[lanes] == 0);
    }
}

#endif
