// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// `checked_view`: the way from a run-time range to extents in the type.

#include <optional>
#include <span>

#include <soma/tensor/layout.hpp>
#include <soma/tensor/shape.hpp>
#include <soma/tensor/tensor_view.hpp>

namespace soma {

/// A view of all of `elements`, or nothing when their number is not `Shape::size`.
template <shape_type Shape, layout_for<Shape> Layout = row_major, class T>
[[nodiscard]] constexpr std::optional<tensor_view<T, Shape, Layout>> checked_view(
    std::span<T> elements) noexcept {
    if (elements.size() != Shape::size) {
        return std::nullopt;
    }
    return tensor_view<T, Shape, Layout>(elements.data());
}

}  // namespace soma
