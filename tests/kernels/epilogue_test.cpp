// SPDX-License-Identifier: MIT
#include <soma/kernels/epilogue.hpp>

#include <type_traits>

#include "support/catch.hpp"

using namespace soma::kernels;

static_assert(std::is_trivially_copyable_v<epilogue<float>>);

TEST_CASE("by default an epilogue only rounds") {
    constexpr epilogue<float> finish;
    STATIC_REQUIRE(finish.residual == nullptr);
    STATIC_REQUIRE(finish.kind == activation::none);
    STATIC_REQUIRE(finish.parameters == activation_parameters{});
    STATIC_REQUIRE(finish.post == nullptr);
}
