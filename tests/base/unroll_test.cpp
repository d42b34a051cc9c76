// SPDX-License-Identifier: MIT
#include <array>
#include <type_traits>

#include <soma/base/unroll.hpp>

using namespace soma;

namespace {

template <int Count>
consteval auto visited() {
    std::array<int, 8> order{};
    int calls = 0;
    unroll<Count>([&](auto i) {
        static_assert(std::is_same_v<typename decltype(i)::value_type, int>);
        order[static_cast<std::size_t>(calls++)] = 10 + i;
    });
    return std::pair{calls, order};
}

}  // namespace

static_assert(visited<0>().first == 0);
static_assert(visited<1>().second[0] == 10);
static_assert(visited<4>() == std::pair{4, std::array{10, 11, 12, 13, 0, 0, 0, 0}});

// The index is a constant expression in the body.
static_assert([] {
    int bits = 0;
    unroll<5>([&](auto i) { bits += std::integral_constant<int, (1 << i)>::value; });
    return bits;
}() == 31);
