// SPDX-License-Identifier: MIT
#include <cstddef>
#include <limits>

#include <soma/base/math.hpp>

using namespace soma;

static_assert(ceil_div(0, 3) == 0);
static_assert(ceil_div(1, 3) == 1 && ceil_div(3, 3) == 1 && ceil_div(4, 3) == 2);
static_assert(round_up(0, 64) == 0);
static_assert(round_up(1, 64) == 64 && round_up(64, 64) == 64 && round_up(65, 64) == 128);
static_assert(round_up(5, 1) == 5);

// The divisor takes the type of the number, not the other way round.
static_assert(std::same_as<decltype(ceil_div(std::size_t{7}, 2)), std::size_t>);
static_assert(std::same_as<decltype(round_up(7LL, 4)), long long>);
static_assert(round_up(static_cast<short>(7), 4) == 8);
static_assert(round_up(std::size_t{1} << 40, 3) == (std::size_t{1} << 40) + 2);

// Every small case against the definition.
static_assert([] {
    for (int n = 0; n < 100; ++n) {
        for (int d = 1; d < 20; ++d) {
            int least = 0;
            while (least * d < n) {
                ++least;
            }
            if (ceil_div(n, d) != least || round_up(n, d) != least * d) {
                return false;
            }
        }
    }
    return true;
}());
