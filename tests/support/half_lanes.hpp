// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Loads and stores of 16-bit elements, the same for every instruction set.

#include <array>
#include <cstddef>
#include <cstdint>

#include <soma/simd/isa.hpp>
#include <soma/simd/vec.hpp>

#include "support/catch.hpp"

namespace soma::test {

/// Checks that partial loads and stores of `Isa` touch the elements they name and no others; where
/// this build has no code for `Isa`, that the library knows.
template <class Isa, bool Enabled>
void check_half_lanes() {
    CHECK(simd::enabled<Isa> == Enabled);
    if constexpr (Enabled) {
        using ops = simd::arch::ops<Isa>;
        constexpr auto lanes = static_cast<std::size_t>(Isa::lanes);
        std::array<std::uint16_t, lanes + 1> from{};
        for (std::size_t k = 0; k < from.size(); ++k) {
            from[k] = static_cast<std::uint16_t>(k + 1);
        }
        for (std::size_t count = 0; count <= lanes; ++count) {
            std::array<std::uint16_t, lanes + 1> to{};
            const int some = static_cast<int>(count);
            ops::store_half_partial(ops::load_half_partial(from.data(), some), to.data(), some);
            for (std::size_t k = 0; k < to.size(); ++k) {
                CHECK(to[k] == (k < count ? k + 1 : 0));
            }
            ops::store_half(ops::load_half(from.data()), to.data());
            CHECK(to[lanes - 1] == lanes);
            CHECK(to[lanes] == 0);
        }
    }
}

}  // namespace soma::test
