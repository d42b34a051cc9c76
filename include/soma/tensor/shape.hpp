// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// `shape`: the extents of a tensor as a type, so that a wrong one is a compile error.

#include <array>
#include <cstddef>
#include <limits>
#include <type_traits>

namespace soma {

namespace detail {

template <class Int>
[[nodiscard]] constexpr bool product_fits(std::size_t product, Int dimension) noexcept {
    return product <= std::numeric_limits<std::size_t>::max() / static_cast<std::size_t>(dimension);
}

template <int... Dims>
[[nodiscard]] constexpr bool shape_fits() noexcept {
    std::size_t product = 1;
    bool fits = true;
    ((fits = fits && product_fits(product, Dims), product *= static_cast<std::size_t>(Dims)), ...);
    return fits;
}

}  // namespace detail

/// Extents from the slowest to the fastest index; `shape<>` is a scalar.
template <int... Dims>
struct shape {
    static_assert(((Dims > 0) && ...), "shape: every dimension must be at least 1");
    static_assert(detail::shape_fits<Dims...>(), "shape: the product of the dimensions overflows");

    static constexpr int rank = static_cast<int>(sizeof...(Dims));
    static constexpr std::size_t size = (std::size_t{1} * ... * static_cast<std::size_t>(Dims));
    static constexpr std::array<int, sizeof...(Dims)> dims{Dims...};
};

/// A specialisation of `shape`.
template <class T>
concept shape_type =
    requires { []<int... Dims>(std::type_identity<shape<Dims...>>) {}(std::type_identity<T>{}); };

namespace detail {

template <class Shape>
struct without_first;

template <int First, int... Rest>
struct without_first<shape<First, Rest...>> {
    using type = shape<Rest...>;
};

template <int First, class Shape>
struct with_first;

template <int First, int... Rest>
struct with_first<First, shape<Rest...>> {
    using type = shape<First, Rest...>;
};

}  // namespace detail

/// `shape<N, Rest...>` without its slowest dimension: one sample of a batch.
template <shape_type Shape>
    requires(Shape::rank > 0)
using slice_shape_t = typename detail::without_first<Shape>::type;

/// `Shape` with a slower dimension in front: a batch of samples.
template <int First, shape_type Shape>
using batched_shape_t = typename detail::with_first<First, Shape>::type;

}  // namespace soma
