// SPDX-License-Identifier: MIT
#include <array>
#include <concepts>
#include <type_traits>

#include <soma/tensor/tensor_view.hpp>

#include "support/catch.hpp"

using namespace soma;

using view = tensor_view<float, shape<2, 3>>;
using const_view = tensor_view<const float, shape<2, 3>>;

static_assert(std::is_trivially_copyable_v<view> && sizeof(view) == sizeof(float*));
static_assert(std::convertible_to<view, const_view> && !std::convertible_to<const_view, view>);
static_assert(!std::convertible_to<tensor_view<float, shape<3, 2>>, view>, "another shape");
static_assert(!std::convertible_to<tensor_view<float, shape<6>>, view>, "another rank");
static_assert(!std::convertible_to<tensor_view<double, shape<2, 3>>, view>, "another element");
static_assert(!std::is_constructible_v<view, tensor_view<float, shape<3, 2>>>);

static_assert(std::is_constructible_v<view, float*> && !std::convertible_to<float*, view>);
static_assert(!std::is_constructible_v<view, const float*>
              && !std::is_constructible_v<view, void*>);
static_assert(std::is_constructible_v<const_view, float*>);
static_assert(std::is_constructible_v<view, float (&)[6]>);
static_assert(!std::is_constructible_v<view, float (&)[5]>, "an array of another length");
static_assert(!std::is_constructible_v<view, float (&)[7]>);
static_assert(!std::is_default_constructible_v<view>, "a view always refers to elements");

using image = shape<2, 3, 4, 5>;
using planar = tensor_view<float, image, nchw>;
using plain = tensor_view<float, image>;
using interleaved = tensor_view<float, image, nhwc>;
static_assert(std::convertible_to<planar, plain> && std::convertible_to<plain, planar>);
static_assert(!std::convertible_to<interleaved, plain> && !std::convertible_to<plain, interleaved>);

template <class View, class... Index>
concept indexable = requires(View v, Index... index) { v(index...); };
static_assert(indexable<view, int, int> && indexable<view, unsigned, long>);
static_assert(!indexable<view, int> && !indexable<view, int, int, int>);
static_assert(!indexable<view, float, int>, "an index is an integer");

template <class View>
concept sliceable = requires(View v) { v.slice(0); };
static_assert(sliceable<view> && sliceable<interleaved>);
static_assert(!sliceable<tensor_view<float, shape<3, 4, 5>, nhwc>>,
              "one channel of interleaved elements is not contiguous");

constexpr int sum_through_view() {
    int elements[6] = {1, 2, 3, 4, 5, 6};
    const tensor_view<int, shape<2, 3>> all(elements);
    int sum = 0;
    for (const int element : all) {
        sum += element;
    }
    return sum;
}
static_assert(sum_through_view() == 21, "usable in constant expressions");

TEST_CASE("a view reads and writes the elements it refers to", "[tensor][tensor_view]") {
    float elements[6] = {0, 1, 2, 3, 4, 5};
    const view all(elements);
    const const_view read = all;

    all(1, 2) = 50.0F;

    CHECK(elements[5] == 50.0F);
    CHECK(read(1, 2) == 50.0F);
    CHECK(read[5] == 50.0F);
    CHECK(read(0, 1) == 1.0F);
    CHECK(view::size() == 6);
    CHECK(all.data() == elements);
}

TEST_CASE("a slice is the sample with that first index", "[tensor][tensor_view]") {
    std::array<float, image::size> elements{};
    for (std::size_t i = 0; i < elements.size(); ++i) {
        elements[i] = static_cast<float>(i);
    }
    const interleaved all(elements.data());
    const auto second = all.slice(1);
    static_assert(std::same_as<decltype(second), const tensor_view<float, shape<3, 4, 5>, nhwc>>);
    CHECK(&second(2, 3, 4) == &all(1, 2, 3, 4));
    CHECK(all(1, 2, 3, 4) == static_cast<float>(((1 * 4 + 3) * 5 + 4) * 3 + 2));

    const tensor_view<float, shape<4>> row(elements.data());
    CHECK(row.slice(3)() == 3.0F);
}
