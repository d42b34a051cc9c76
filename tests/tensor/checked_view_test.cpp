// SPDX-License-Identifier: MIT
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include <soma/tensor/checked_view.hpp>

#include "support/catch.hpp"

using namespace soma;

static_assert(std::same_as<decltype(checked_view<shape<2, 3>>(std::span<const float>())),
                           std::optional<tensor_view<const float, shape<2, 3>>>>);

TEST_CASE("a range of the right length becomes a view", "[tensor][checked_view]") {
    std::vector<float> elements(60, 1.0F);
    const auto all = checked_view<shape<3, 4, 5>, nhwc>(std::span(elements));
    REQUIRE(all);
    (*all)(2, 3, 4) = 7.0F;
    CHECK(elements.back() == 7.0F);
}

TEST_CASE("a range of another length becomes nothing", "[tensor][checked_view]") {
    const std::vector<float> elements(7);
    for (const std::size_t length : {std::size_t{0}, std::size_t{5}, std::size_t{7}}) {
        CHECK_FALSE(checked_view<shape<2, 3>>(std::span(elements).first(length)).has_value());
    }
}
