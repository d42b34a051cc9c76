// SPDX-License-Identifier: MIT
#include <array>
#include <cstddef>
#include <vector>

#include <soma/tensor/layout.hpp>

#include "support/catch.hpp"

using namespace soma;

static_assert(layout_for<row_major, shape<>> && layout_for<row_major, shape<2, 3>>);
static_assert(layout_for<nchw, shape<2, 3, 4, 5>> && layout_for<nhwc, shape<3, 4, 5>>);
static_assert(!layout_for<nhwc, shape<4, 5>> && !layout_for<nchw, shape<4, 5>>);
static_assert(!layout_for<int, shape<4, 5>> && !layout_for<row_major, int>);

/// A layout from outside the library.
struct column_major {
    using order = column_major;
    template <shape_type Shape>
    static constexpr bool accepts = Shape::rank == 2;
    template <shape_type Shape>
    static constexpr std::size_t offset(const std::array<std::size_t, 2>& index) noexcept {
        return index[1] * static_cast<std::size_t>(Shape::dims[0]) + index[0];
    }
};
static_assert(layout_for<column_major, shape<4, 5>> && !layout_for<column_major, shape<4>>);

using image = shape<2, 3, 4, 5>;
static_assert(row_major::offset<image>({1, 2, 3, 4}) == ((1 * 3 + 2) * 4 + 3) * 5 + 4);
static_assert(nchw::offset<image>({1, 2, 3, 4}) == row_major::offset<image>({1, 2, 3, 4}));
static_assert(nhwc::offset<image>({1, 2, 3, 4}) == ((1 * 4 + 3) * 5 + 4) * 3 + 2);
static_assert(nhwc::offset<shape<3, 4, 5>>({2, 3, 4}) == (3 * 5 + 4) * 3 + 2);

TEMPLATE_TEST_CASE(
    "a layout gives every index a position of its own", "[tensor][layout]", row_major, nchw, nhwc) {
    std::vector<int> visits(image::size);
    for (std::size_t n = 0; n < 2; ++n) {
        for (std::size_t c = 0; c < 3; ++c) {
            for (std::size_t h = 0; h < 4; ++h) {
                for (std::size_t w = 0; w < 5; ++w) {
                    ++visits.at(TestType::template offset<image>({n, c, h, w}));
                }
            }
        }
    }
    CHECK(visits == std::vector<int>(image::size, 1));
}
