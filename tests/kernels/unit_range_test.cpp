// SPDX-License-Identifier: MIT
#include <soma/kernels/unit_range.hpp>

using namespace soma::kernels;

namespace {

/// `image * 100 + first * 10 + last` of each call, written one after the other.
consteval long long calls(unit_range range, int units) {
    long long seen = 0;
    for_each_image(range, units, [&](int image, int first, int last) {
        seen = seen * 1000 + image * 100 + first * 10 + last;
    });
    return seen;
}

}  // namespace

static_assert(unit_range{}.within(7) == unit_range{0, 7});
static_assert(unit_range{2, 5}.within(7) == unit_range{2, 5} && unit_range{2, 5}.count() == 3);
static_assert(unit_range{2, 9}.within(7) == unit_range{2, 7});

static_assert(calls({0, 8}, 4) == 4'104);
static_assert(calls({1, 3}, 4) == 13);
static_assert(calls({3, 10}, 4) == 34'104'202);
static_assert(calls({4, 8}, 4) == 104 && calls({4, 4}, 4) == 0);
