// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Layouts: empty types that map an index to the position of its element in memory.

#include <array>
#include <concepts>
#include <cstddef>
#include <type_traits>

#include <soma/tensor/shape.hpp>

namespace soma {

/// The last index runs fastest.
struct row_major {
    /// Layouts with the same order describe the same bytes, so their views convert.
    using order = row_major;

    template <shape_type Shape>
    static constexpr bool accepts = true;

    /// \pre each index is below its dimension.
    template <shape_type Shape>
    [[nodiscard]] static constexpr std::size_t offset(
        const std::array<std::size_t, Shape::rank>& index) noexcept {
        std::size_t position = 0;
        for (std::size_t axis = 0; axis < index.size(); ++axis) {
            position = position * static_cast<std::size_t>(Shape::dims[axis]) + index[axis];
        }
        return position;
    }
};

/// Channels, rows, columns, in the order the shape names them: what PyTorch calls contiguous.
struct nchw : row_major {
    template <shape_type Shape>
    static constexpr bool accepts = Shape::rank >= 3;
};

/// The shape still reads `[..., channels, rows, columns]`, but the channels run fastest in memory.
struct nhwc {
    using order = nhwc;

    template <shape_type Shape>
    static constexpr bool accepts = Shape::rank >= 3;

    /// \pre each index is below its dimension.
    template <shape_type Shape>
    [[nodiscard]] static constexpr std::size_t offset(
        const std::array<std::size_t, Shape::rank>& index) noexcept {
        constexpr auto channel = static_cast<std::size_t>(Shape::rank) - 3;
        constexpr std::size_t row = channel + 1;
        constexpr std::size_t column = channel + 2;
        const auto extent = [](std::size_t axis) {
            return static_cast<std::size_t>(Shape::dims[axis]);
        };

        std::size_t image = 0;
        for (std::size_t axis = 0; axis < channel; ++axis) {
            image = image * extent(axis) + index[axis];
        }
        const std::size_t pixel =
            (image * extent(row) + index[row]) * extent(column) + index[column];
        return pixel * extent(channel) + index[channel];
    }
};

/// An empty type that places every element of `Shape` in a range of `Shape::size` positions.
template <class T, class Shape>
concept layout_for =
    shape_type<Shape> && std::is_empty_v<T> && requires { typename T::order; }
    && T::template accepts<Shape>
    && requires(const std::array<std::size_t, static_cast<std::size_t>(Shape::rank)>& index) {
           { T::template offset<Shape>(index) } -> std::same_as<std::size_t>;
       };

}  // namespace soma
