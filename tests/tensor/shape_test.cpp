// SPDX-License-Identifier: MIT
#include <array>
#include <concepts>
#include <type_traits>

#include <soma/tensor/shape.hpp>

#include "support/catch.hpp"

using namespace soma;

static_assert(std::is_empty_v<shape<2, 3>>);
static_assert(shape<2, 3, 4>::rank == 3 && shape<2, 3, 4>::size == 24);
static_assert(shape<2, 3>::dims == std::array{2, 3});
static_assert(shape<>::rank == 0 && shape<>::size == 1);
static_assert(shape<65536, 65536>::size == 65536ULL * 65536ULL, "sizes exceed an int");
static_assert(!std::same_as<shape<2, 3>, shape<3, 2>>);

static_assert(shape_type<shape<2>> && shape_type<shape<>>);
static_assert(!shape_type<int> && !shape_type<std::array<int, 2>>);

static_assert(std::same_as<slice_shape_t<shape<4, 2, 3>>, shape<2, 3>>);
static_assert(std::same_as<slice_shape_t<shape<4>>, shape<>>);
static_assert(std::same_as<batched_shape_t<4, shape<2, 3>>, shape<4, 2, 3>>);

template <class Shape>
concept sliceable = requires { typename slice_shape_t<Shape>; };
static_assert(sliceable<shape<4>> && !sliceable<shape<>> && !sliceable<int>);

TEST_CASE("the dimensions of a shape can be read at run time", "[tensor][shape]") {
    std::size_t product = 1;
    for (const int dimension : shape<2, 3, 5>::dims) {
        product *= static_cast<std::size_t>(dimension);
    }
    CHECK(product == shape<2, 3, 5>::size);
}
