// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// `mapped_file`: the bytes of a file, read by the system as they are touched.

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <soma/io/load_error.hpp>

namespace soma::io {

/// Maps a regular, non-empty file for reading; the bytes stay where they are when it is moved.
///
/// The file must keep its length while it is mapped: a program that shortens it meanwhile makes
/// the system send a signal to this one. Replace files by renaming a new one over them.
class mapped_file {
public:
    /// Maps nothing.
    mapped_file() = default;

    /// Throws `load_error` when there is no such file, it is not a regular file or it is empty.
    explicit mapped_file(const std::string& path) {
        // Not blocking, so that a named pipe is refused below and not waited for.
        const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (file < 0) {
            refuse(path, system_message("cannot be opened: ", errno));
        }
        std::string fault = map(file);
        ::close(file);
        if (!fault.empty()) {
            refuse(path, std::move(fault));
        }
    }

    mapped_file(mapped_file&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

    mapped_file& operator=(mapped_file&& other) noexcept {
        mapped_file moved(std::move(other));
        std::swap(data_, moved.data_);
        std::swap(size_, moved.size_);
        return *this;
    }

    ~mapped_file() {
        if (data_ != nullptr) {
            ::munmap(data_, size_);
        }
    }

    [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
        return {static_cast<const std::byte*>(data_), size_};
    }

    /// Takes `part` of these bytes out of the process's memory; they are read again when touched.
    ///
    /// Rounded outwards to the 2 MiB that the system may map together at a first touch: 64 KiB, or
    /// since Linux 6.18 the whole folio, and with it what was released before.
    void release(std::span<const std::byte> part) const noexcept {
        constexpr std::uintptr_t window = 2 * 1024 * 1024;
        const auto start = reinterpret_cast<std::uintptr_t>(data_);
        const auto first = reinterpret_cast<std::uintptr_t>(part.data()) / window * window;
        const auto last = (reinterpret_cast<std::uintptr_t>(part.data()) + part.size() + window - 1)
                          / window * window;
        const std::uintptr_t from = first < start ? start : first;
        const std::uintptr_t to = last > start + size_ ? start + size_ : last;
        if (data_ != nullptr && from < to) {
            // Advice: where it is refused, the pages stay for longer and nothing else changes.
            static_cast<void>(::madvise(static_cast<std::byte*>(data_) + (from - start), to - from,
                                        MADV_DONTNEED));
        }
    }

private:
    [[noreturn]] static void refuse(const std::string& path, std::string fault) {
        throw load_error(path, {std::move(fault)});
    }

    static std::string system_message(std::string_view what, int code) {
        return std::string(what).append(std::generic_category().message(code));
    }

    /// Returns what went wrong, or nothing.
    std::string map(int file) {
        struct stat facts{};
        if (::fstat(file, &facts) != 0) {
            return system_message("cannot be examined: ", errno);
        }
        if (!S_ISREG(facts.st_mode)) {
            return "is not a regular file";
        }
        if (facts.st_size <= 0) {
            return "is empty";
        }
        if (static_cast<std::uintmax_t>(facts.st_size) > std::numeric_limits<std::size_t>::max()) {
            return "is larger than this process can address";
        }
        const auto size = static_cast<std::size_t>(facts.st_size);
        void* const data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
        if (data == MAP_FAILED) {
            return system_message("cannot be mapped: ", errno);
        }
        data_ = data;
        size_ = size;
        return {};
    }

    void* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace soma::io
