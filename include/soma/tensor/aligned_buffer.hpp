// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// `aligned_buffer`: owned bytes that start on a cache line and end on one, zeroed unless asked
/// not.

#include <cstddef>
#include <cstring>
#include <new>
#include <utility>

#include <soma/base/math.hpp>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace soma {

/// Owns `size()` bytes followed by padding up to the next multiple of `alignment`.
///
/// From `huge_page` bytes on, the buffer is aligned to that size and the system is asked for huge
/// pages: one entry of the address translation cache then covers 512 times as much of a tensor.
class aligned_buffer {
public:
    /// Says that the caller writes every byte before anybody reads one: no byte is touched twice.
    struct unwritten {};

    static constexpr std::size_t alignment = 64;
    static constexpr std::size_t huge_page = std::size_t{2} << 20;

    /// Holds no bytes.
    aligned_buffer() = default;

    /// Throws `std::bad_alloc` when the memory is not to be had.
    explicit aligned_buffer(std::size_t size) : aligned_buffer(size, unwritten{}) {
        if (data_ != nullptr) {
            std::memset(data_, 0, round_up(size, alignment));
        }
    }

    /// As above, with bytes and padding of any value.
    aligned_buffer(std::size_t size, unwritten) : size_(size) {
        if (size == 0) {
            return;
        }
        const std::size_t padded = round_up(size, alignment);
        if (padded < size) {
            throw std::bad_alloc();
        }
        data_ = static_cast<std::byte*>(::operator new(padded, alignment_of(size)));
#if defined(__linux__) && defined(MADV_HUGEPAGE)
        if (size >= huge_page) {
            // Advice: a system without huge pages refuses, and the buffer works all the same.
            static_cast<void>(::madvise(data_, padded, MADV_HUGEPAGE));
        }
#endif
    }

    aligned_buffer(aligned_buffer&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

    aligned_buffer& operator=(aligned_buffer&& other) noexcept {
        aligned_buffer moved(std::move(other));
        std::swap(data_, moved.data_);
        std::swap(size_, moved.size_);
        return *this;
    }

    ~aligned_buffer() {
        if (data_ != nullptr) {
            ::operator delete(data_, alignment_of(size_));
        }
    }

    [[nodiscard]] std::byte* data() noexcept { return data_; }
    [[nodiscard]] const std::byte* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    static constexpr std::align_val_t alignment_of(std::size_t size) noexcept {
        return std::align_val_t{size >= huge_page ? huge_page : alignment};
    }

    std::byte* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace soma
