// SPDX-License-Identifier: MIT
#include <algorithm>
#include <concepts>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <soma/numeric/bfloat16.hpp>
#include <soma/tensor/tensor.hpp>

#include "support/catch.hpp"

using namespace soma;

using matrix = tensor<float, shape<2, 3>>;

static_assert(std::copyable<matrix> && std::is_nothrow_move_constructible_v<matrix>);
static_assert(std::convertible_to<matrix&, tensor_view<float, shape<2, 3>>>);
static_assert(std::convertible_to<const matrix&, tensor_view<const float, shape<2, 3>>>);
static_assert(!std::convertible_to<const matrix&, tensor_view<float, shape<2, 3>>>, "const");
static_assert(!std::convertible_to<matrix&, tensor_view<float, shape<3, 2>>>, "another shape");
static_assert(!std::convertible_to<matrix, tensor_view<float, shape<2, 3>>>, "a temporary");

void read(tensor_view<const float, shape<2, 3>>);
template <class T>
concept readable = requires(T&& t) { read(std::forward<T>(t)); };
static_assert(readable<matrix&> && readable<const matrix&>);
static_assert(readable<matrix>, "a temporary lives as long as the call");
static_assert(!readable<tensor<float, shape<6>>&> && !readable<tensor<double, shape<2, 3>>&>);

template <class T>
concept viewable = requires(T&& t) { std::forward<T>(t).view(); };
static_assert(viewable<matrix&> && viewable<const matrix&>);
static_assert(!viewable<matrix> && !viewable<const matrix>, "the view would dangle");

TEMPLATE_TEST_CASE(
    "a tensor begins as zeros on a cache line", "[tensor][tensor]", float, double, std::int32_t) {
    const tensor<TestType, shape<3, 7>> t;
    CHECK(std::all_of(t.begin(), t.end(), [](TestType x) { return x == TestType{}; }));
    CHECK(reinterpret_cast<std::uintptr_t>(t.data()) % 64 == 0);
    CHECK(t.size() == 21);
}

TEST_CASE("a tensor holds 16-bit formats", "[tensor][tensor]") {
    tensor<bfloat16, shape<2>> t;
    CHECK(t[1].bits == 0);
    t(1) = bfloat16(2.0F);
    CHECK(static_cast<float>(std::as_const(t)(1)) == 2.0F);
}

TEST_CASE("a tensor takes its elements from a list", "[tensor][tensor]") {
    const matrix t{{1, 2, 3, 4, 5, 6}};
    CHECK(t(0, 2) == 3.0F);
    CHECK(t(1, 0) == 4.0F);
    CHECK(matrix{{1}}(1, 2) == 0.0F);
}

TEST_CASE("copies are independent and moves keep the elements in place", "[tensor][tensor]") {
    matrix first{{1, 2, 3, 4, 5, 6}};
    matrix copy = first;
    copy(1, 2) = 60.0F;
    CHECK(first(1, 2) == 6.0F);

    first = copy;
    CHECK(first(1, 2) == 60.0F);
    CHECK(first.data() != copy.data());

    const float* const data = first.data();
    const matrix moved = std::move(first);
    CHECK(moved.data() == data);
}

TEST_CASE("a view of a tensor sees its elements in its layout", "[tensor][tensor]") {
    tensor<float, shape<1, 2, 2, 2>, nhwc> t{{0, 1, 2, 3, 4, 5, 6, 7}};
    const tensor_view<const float, shape<1, 2, 2, 2>, nhwc> all = t;
    CHECK(all(0, 1, 0, 0) == 1.0F);
    CHECK(all(0, 0, 0, 1) == 2.0F);
    t.view()(0, 1, 1, 1) = 70.0F;
    CHECK(t[7] == 70.0F);
}
