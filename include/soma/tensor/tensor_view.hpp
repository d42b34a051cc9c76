// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// `tensor_view`: a pointer to elements somebody else owns, with the extents in the type.

#include <array>
#include <concepts>
#include <cstddef>
#include <type_traits>

#include <soma/tensor/layout.hpp>
#include <soma/tensor/shape.hpp>

namespace soma {

/// Refers to `Shape::size` contiguous elements; copying it copies the pointer.
///
/// A view of another shape does not convert to it. A view of mutable elements converts to one of
/// constant elements, and views convert between layouts that place every element alike.
template <class T, shape_type Shape, layout_for<Shape> Layout = row_major>
class tensor_view {
public:
    using element_type = T;
    using value_type = std::remove_cv_t<T>;
    using shape_type = Shape;
    using layout_type = Layout;

    /// \pre `data` points to `Shape::size` elements that outlive the view.
    ///
    /// A template, so that an array takes the constructor that checks its length.
    template <class Pointer>
        requires(std::is_pointer_v<Pointer>
                 && std::convertible_to<std::remove_pointer_t<Pointer> (*)[], T (*)[]>)
    constexpr explicit tensor_view(const Pointer& data) noexcept : data_(data) {}

    /// Views an array of exactly as many elements.
    constexpr explicit tensor_view(T (&array)[Shape::size]) noexcept : data_(array) {}

    /// Adds `const`, or changes between layouts of the same order.
    template <class U, class OtherLayout>
        requires(std::convertible_to<U (*)[], T (*)[]>
                 && std::same_as<typename OtherLayout::order, typename Layout::order>
                 && !(std::same_as<U, T> && std::same_as<OtherLayout, Layout>))
    // NOLINTNEXTLINE(google-explicit-constructor): the same elements, seen with fewer rights
    constexpr tensor_view(const tensor_view<U, Shape, OtherLayout>& other) noexcept
        : data_(other.data()) {}

    [[nodiscard]] constexpr T* data() const noexcept { return data_; }
    [[nodiscard]] static constexpr std::size_t size() noexcept { return Shape::size; }

    /// Elements in memory order.
    [[nodiscard]] constexpr T* begin() const noexcept { return data_; }
    [[nodiscard]] constexpr T* end() const noexcept { return data_ + Shape::size; }

    /// The element at a position in memory order.
    ///
    /// \pre `position < size()`
    [[nodiscard]] constexpr T& operator[](std::size_t position) const noexcept {
        return data_[position];
    }

    /// The element at an index, one number for each dimension of `Shape`.
    ///
    /// \pre every number is at least 0 and below its dimension
    template <std::integral... Index>
        requires(static_cast<int>(sizeof...(Index)) == Shape::rank)
    [[nodiscard]] constexpr T& operator()(Index... index) const noexcept {
        return data_[Layout::template offset<Shape>(
            std::array<std::size_t, sizeof...(Index)>{static_cast<std::size_t>(index)...})];
    }

    /// The part with the first index fixed: sample `position` of a batch.
    ///
    /// \pre `position` is below the first dimension
    [[nodiscard]] constexpr auto slice(std::size_t position) const noexcept
        requires(Shape::rank > 0 && layout_for<Layout, slice_shape_t<Shape>>)
    {
        using part = slice_shape_t<Shape>;
        return tensor_view<T, part, Layout>(data_ + position * part::size);
    }

private:
    T* data_;
};

}  // namespace soma
