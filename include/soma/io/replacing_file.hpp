// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// `replacing_file`: a file that appears under its name only when it is complete.

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace soma::io {

/// Writes beside the target and renames over it, so a reader sees the old file or the new one.
///
/// Destroyed before `commit`, it leaves the target as it was. Failures throw `std::system_error`.
class replacing_file {
public:
    explicit replacing_file(std::string path) : path_(std::move(path)) {
        // Another process or thread may write the same target: take the first name that is free.
        static std::atomic<unsigned> serial{0};
        do {
            temporary_ = path_ + ".tmp" + std::to_string(::getpid()) + "_"
                         + std::to_string(serial.fetch_add(1, std::memory_order_relaxed));
            constexpr mode_t mode = 0666;  // less what the umask of the process takes away
            file_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        } while (file_ < 0 && errno == EEXIST);
        if (file_ < 0) {
            fail("cannot create ");
        }
    }

    replacing_file(const replacing_file&) = delete;
    replacing_file& operator=(const replacing_file&) = delete;

    ~replacing_file() {
        if (file_ >= 0) {
            ::close(file_);
            ::unlink(temporary_.c_str());
        }
    }

    /// Appends bytes.
    void write(std::span<const std::byte> bytes) {
        while (!bytes.empty()) {
            const ssize_t written = ::write(file_, bytes.data(), bytes.size());
            if (written < 0 && errno != EINTR) {
                fail("cannot write ");
            }
            bytes = bytes.subspan(written < 0 ? 0 : static_cast<std::size_t>(written));
        }
    }

    /// Appends characters.
    void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

    /// Gives the complete file its name; the last call.
    void commit() {
        // Without this a crash of the machine can leave the new name with no contents.
        if (::fsync(file_) != 0 || ::rename(temporary_.c_str(), path_.c_str()) != 0) {
            fail("cannot write ");
        }
        ::close(std::exchange(file_, -1));
    }

private:
    [[noreturn]] void fail(std::string_view what) const {
        const int code = errno;
        throw std::system_error(code, std::generic_category(), std::string(what).append(path_));
    }

    std::string path_;
    std::string temporary_;
    int file_ = -1;
};

}  // namespace soma::io
