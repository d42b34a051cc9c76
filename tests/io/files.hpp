// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Files for tests: a folder that disappears, and bytes in and out of files.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <stdlib.h>

namespace soma::test {

/// A new folder, removed with everything in it.
class temporary_folder {
public:
    temporary_folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "soma_XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) {
            throw std::runtime_error("no temporary folder");
        }
        path_ = pattern;
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] std::string file(std::string_view name) const { return (path_ / name).string(); }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

inline void write_file(const std::string& path, std::string_view contents) {
    std::ofstream(path, std::ios::binary) << contents;
}

inline std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

/// A safetensors file: the length, the header, the data.
inline std::string safetensors_text(std::string_view header, std::string_view data = {}) {
    const std::uint64_t length = header.size();
    std::string text(sizeof(length), '\0');
    std::memcpy(text.data(), &length, sizeof(length));
    return text.append(header).append(data);
}

/// A .npy file of version 1.0.
inline std::string npy_text(std::string_view header, std::string_view data = {}) {
    std::string text("\x93NUMPY\x01\x00", 8);
    text.append(1, static_cast<char>(header.size() & 0xFFu));
    text.append(1, static_cast<char>(header.size() >> 8));
    return text.append(header).append(data);
}

/// The files of the trained digits network.
inline std::string digits_file(std::string_view name) {
    return std::string(SOMA_SOURCE_DIR "/examples/digits/data/").append(name);
}

}  // namespace soma::test
