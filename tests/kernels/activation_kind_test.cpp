// SPDX-License-Identifier: MIT
#include <soma/kernels/activation_kind.hpp>

#include "support/catch.hpp"

using namespace soma::kernels;

static_assert(is_register_activation(activation::none));
static_assert(is_register_activation(activation::relu));
static_assert(is_register_activation(activation::clip));
static_assert(!is_register_activation(activation::gelu));

TEST_CASE("activations are named as they are spelled") {
    STATIC_REQUIRE(name(activation::none) == "none");
    STATIC_REQUIRE(name(activation::elu) == "elu");
    for (int i = 0; i <= static_cast<int>(activation::elu); ++i) {
        CHECK(name(static_cast<activation>(i)) != "unknown");
    }
}
