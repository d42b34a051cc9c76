// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// `tensor`: owned, aligned, zero-initialised elements with the extents in the type.

#include <concepts>
#include <cstddef>
#include <cstring>
#include <type_traits>

#include <soma/tensor/aligned_buffer.hpp>
#include <soma/tensor/layout.hpp>
#include <soma/tensor/shape.hpp>
#include <soma/tensor/tensor_view.hpp>

namespace soma {

/// Owns `Shape::size` elements, aligned to a cache line; a moved-from tensor owns none.
///
/// A function takes a `tensor_view`; a tensor converts to one.
template <class T, shape_type Shape, layout_for<Shape> Layout = row_major>
class tensor {
    static_assert(std::is_trivially_copyable_v<T> && !std::is_const_v<T>,
                  "tensor: elements are plain values; a view may have constant ones");
    static_assert(alignof(T) <= aligned_buffer::alignment);

public:
    using element_type = T;
    using value_type = T;
    using shape_type = Shape;
    using layout_type = Layout;
    using view_type = tensor_view<T, Shape, Layout>;
    using const_view_type = tensor_view<const T, Shape, Layout>;

    /// Every element is zero.
    tensor() : storage_(Shape::size * sizeof(T)) {}

    /// Elements in memory order; a list that is too long does not compile, a short one is
    /// completed with zeros.
    explicit tensor(const T (&values)[Shape::size]) : tensor() {
        std::memcpy(storage_.data(), values, sizeof(values));
    }

    /// \pre `other` was not moved from
    tensor(const tensor& other) : tensor() {
        std::memcpy(storage_.data(), other.storage_.data(), storage_.size());
    }

    /// \pre `other` was not moved from
    tensor& operator=(const tensor& other) {
        if (this != &other) {
            *this = tensor(other);
        }
        return *this;
    }

    tensor(tensor&&) noexcept = default;
    tensor& operator=(tensor&&) noexcept = default;
    ~tensor() = default;

    [[nodiscard]] T* data() noexcept { return reinterpret_cast<T*>(storage_.data()); }
    [[nodiscard]] const T* data() const noexcept {
        return reinterpret_cast<const T*>(storage_.data());
    }
    [[nodiscard]] static constexpr std::size_t size() noexcept { return Shape::size; }

    [[nodiscard]] view_type view() & noexcept { return view_type(data()); }
    [[nodiscard]] const_view_type view() const& noexcept { return const_view_type(data()); }
    /// A view of a temporary would outlive its elements.
    void view() && = delete;
    void view() const&& = delete;

    // NOLINTBEGIN(google-explicit-constructor): a tensor is what a view is made from
    operator view_type() & noexcept { return view(); }
    operator const_view_type() const& noexcept { return const_view_type(data()); }
    // NOLINTEND(google-explicit-constructor)

    /// Elements in memory order.
    [[nodiscard]] T* begin() noexcept { return data(); }
    [[nodiscard]] T* end() noexcept { return data() + Shape::size; }
    [[nodiscard]] const T* begin() const noexcept { return data(); }
    [[nodiscard]] const T* end() const noexcept { return data() + Shape::size; }

    /// \pre `position < size()`
    [[nodiscard]] T& operator[](std::size_t position) noexcept { return data()[position]; }
    /// \pre `position < size()`
    [[nodiscard]] const T& operator[](std::size_t position) const noexcept {
        return data()[position];
    }

    /// \pre every number is at least 0 and below its dimension
    template <std::integral... Index>
        requires(static_cast<int>(sizeof...(Index)) == Shape::rank)
    [[nodiscard]] T& operator()(Index... index) noexcept {
        return view()(index...);
    }
    /// \pre every number is at least 0 and below its dimension
    template <std::integral... Index>
        requires(static_cast<int>(sizeof...(Index)) == Shape::rank)
    [[nodiscard]] const T& operator()(Index... index) const noexcept {
        return view()(index...);
    }

private:
    aligned_buffer storage_;
};

}  // namespace soma
