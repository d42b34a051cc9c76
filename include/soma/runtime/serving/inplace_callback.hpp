// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A callable that is kept where it is declared, never on the heap.

#include <concepts>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace soma {

template <class Signature>
class inplace_callback;

/// Holds any callable of up to `capacity` bytes that moves without throwing; a larger one does not
/// compile. Capture a pointer to what does not fit.
template <class... Args>
class inplace_callback<void(Args...)> {
public:
    static constexpr std::size_t capacity = 64;

    inplace_callback() noexcept = default;

    template <class F>
        requires(!std::same_as<std::remove_cvref_t<F>, inplace_callback>
                 && std::invocable<std::remove_cvref_t<F>&, Args...>)
    inplace_callback(F&& f) noexcept(std::is_nothrow_constructible_v<std::remove_cvref_t<F>, F>) {
        using stored = std::remove_cvref_t<F>;
        static_assert(sizeof(stored) <= capacity && alignof(stored) <= alignof(std::max_align_t),
                      "inplace_callback: the callable does not fit; capture a pointer instead");
        static_assert(std::is_nothrow_move_constructible_v<stored>,
                      "inplace_callback: the callable must move without throwing");
        ::new (static_cast<void*>(bytes_)) stored(std::forward<F>(f));
        call_ = [](void* self, Args... args) {
            static_cast<void>((*static_cast<stored*>(self))(std::forward<Args>(args)...));
        };
        relocate_ = [](void* from, void* to) noexcept {
            stored* const old = static_cast<stored*>(from);
            if (to != nullptr) {
                ::new (to) stored(std::move(*old));
            }
            std::destroy_at(old);
        };
    }

    inplace_callback(inplace_callback&& other) noexcept { take(other); }
    inplace_callback& operator=(inplace_callback&& other) noexcept {
        if (this != &other) {
            reset();
            take(other);
        }
        return *this;
    }
    ~inplace_callback() { reset(); }

    [[nodiscard]] explicit operator bool() const noexcept { return call_ != nullptr; }

    /// \pre there is a callable
    void operator()(Args... args) { call_(bytes_, std::forward<Args>(args)...); }

    void reset() noexcept {
        if (call_ != nullptr) {
            relocate_(bytes_, nullptr);
            call_ = nullptr;
        }
    }

private:
    void take(inplace_callback& other) noexcept {
        if (other.call_ != nullptr) {
            other.relocate_(other.bytes_, bytes_);
            relocate_ = other.relocate_;
            call_ = std::exchange(other.call_, nullptr);
        }
    }

    alignas(std::max_align_t) std::byte bytes_[capacity];
    void (*call_)(void*, Args...) = nullptr;
    void (*relocate_)(void*, void*) noexcept = nullptr;
};

}  // namespace soma
