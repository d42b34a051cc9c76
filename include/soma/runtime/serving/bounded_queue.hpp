// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// First in, first out, in memory of a fixed size.

#include <cstddef>
#include <memory>

namespace soma {

/// A ring of at most `capacity` elements. Not synchronised; allocates in its constructor only.
template <class T>
class bounded_queue {
public:
    explicit bounded_queue(std::size_t capacity)
        : elements_(std::make_unique<T[]>(capacity)), capacity_(capacity) {}

    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

    /// The element that was pushed `i` after the front.
    [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return elements_[place(i)]; }
    [[nodiscard]] const T& front() const noexcept { return elements_[first_]; }

    /// False, and nothing changes, if the queue is full.
    [[nodiscard]] bool push(T element) noexcept {
        if (size_ == capacity_) {
            return false;
        }
        elements_[place(size_++)] = element;
        return true;
    }

    /// \pre not empty
    void pop() noexcept {
        first_ = place(1);
        --size_;
    }

    /// Removes the elements for which `goes` is true; calls it once for each, in order. The others
    /// keep their order.
    template <class Predicate>
    void remove_if(Predicate goes) noexcept {
        std::size_t kept = 0;
        for (std::size_t i = 0; i < size_; ++i) {
            const T element = elements_[place(i)];
            if (!goes(element)) {
                elements_[place(kept++)] = element;
            }
        }
        size_ = kept;
    }

private:
    [[nodiscard]] std::size_t place(std::size_t i) const noexcept {
        const std::size_t at = first_ + i;
        return at < capacity_ ? at : at - capacity_;
    }

    std::unique_ptr<T[]> elements_;
    std::size_t capacity_;
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

}  // namespace soma
