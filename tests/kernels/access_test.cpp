// SPDX-License-Identifier: MIT
#include <soma/kernels/access.hpp>

#include <cstddef>
#include <vector>

#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/samples.hpp"

using namespace soma;

namespace {

template <class Isa, numeric_format T>
void moves_exactly_the_lanes_asked_for() {
    constexpr auto lanes = static_cast<std::size_t>(Isa::lanes);
    // Vectors of the exact size, so that a sanitizer sees a lane too many.
    const std::vector<T> whole = test::uniform<T>(lanes, 1);
    std::vector<T> copy(lanes);
    const kernels::whole_access<Isa> all;
    all.store(all.load(whole.data()), copy.data());
    CHECK(test::differing(copy, whole) == 0);

    for (std::size_t n = 1; n <= lanes; ++n) {
        const std::vector<T> some = test::uniform<T>(n, 2);
        std::vector<T> target(n);
        const kernels::partial_access<Isa> part{static_cast<int>(n)};
        part.store(part.load(some.data()), target.data());
        CHECK(test::differing(target, some) == 0);
    }
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("whole and partial access move exactly the lanes asked for",
                        "[kernels][access]",
                        test::enabled_isas) {
    moves_exactly_the_lanes_asked_for<TestType, float>();
    moves_exactly_the_lanes_asked_for<TestType, float16>();
    moves_exactly_the_lanes_asked_for<TestType, bfloat16>();
}

TEST_CASE("pad lanes are those from c to pitch", "[kernels][access]") {
    float pixel[4] = {1.0F, 2.0F, 3.0F, 4.0F};
    kernels::clear_pad_lanes(pixel, 2, 3);
    CHECK(pixel[1] == 2.0F);
    CHECK(pixel[2] == 0.0F);
    CHECK(pixel[3] == 4.0F);
}
