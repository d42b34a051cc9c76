// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// `read_npy`: one array of a NumPy file, versions 1 to 3.

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <soma/io/load_error.hpp>
#include <soma/io/mapped_file.hpp>
#include <soma/io/npy_header.hpp>
#include <soma/io/tensor_entry.hpp>

namespace soma::io {

/// An array and the file it lies in; `to_floats(entry)` and its sisters read it.
///
/// The bytes of `entry` stay valid while `file`, moved or not, lives.
struct npy_array {
    tensor_entry entry;
    mapped_file file;
};

namespace detail {

struct npy_parts {
    std::string_view header;
    std::span<const std::byte> data;
};

/// Finds the header and the data, or adds what keeps them from being found.
[[nodiscard]] inline std::optional<npy_parts> split_npy(std::span<const std::byte> bytes,
                                                        fault_list& faults) {
    // NumPy refuses headers of more than 10,000 bytes; the three keys need about 100.
    constexpr std::size_t longest_header = 10'000;
    constexpr std::string_view magic = "\x93NUMPY";
    const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    if (!text.starts_with(magic) || text.size() < magic.size() + 2) {
        faults.add("not a .npy file: expected it to begin with \\x93NUMPY and a version");
        return std::nullopt;
    }
    const auto byte = [bytes](std::size_t i) { return std::to_integer<std::size_t>(bytes[i]); };
    const std::size_t major = byte(magic.size());
    const std::size_t minor = byte(magic.size() + 1);
    if (major < 1 || major > 3 || minor != 0) {
        faults.add("version: expected 1.0, 2.0 or 3.0, found " + std::to_string(major) + "."
                   + std::to_string(minor));
        return std::nullopt;
    }
    const std::size_t length_size = major == 1 ? 2 : 4;
    const std::size_t start = magic.size() + 2 + length_size;
    if (bytes.size() < start) {
        faults.add("header: the file ends inside its length");
        return std::nullopt;
    }
    std::size_t length = 0;
    for (std::size_t i = 0; i < length_size; ++i) {
        length |= byte(magic.size() + 2 + i) << (8 * i);
    }
    const std::size_t limit = std::min(bytes.size() - start, longest_header);
    if (length > limit) {
        faults.add("header: expected a length of at most " + std::to_string(limit)
                   + " bytes, found " + std::to_string(length));
        return std::nullopt;
    }
    return npy_parts{text.substr(start, length), bytes.subspan(start + length)};
}

}  // namespace detail

/// Reads bytes that the caller keeps alive; throws `load_error` with every fault.
///
/// `source` names the bytes in the exception and becomes the name of the entry. Column-major,
/// big-endian, structured and object arrays are refused.
[[nodiscard]] inline tensor_entry parse_npy(std::span<const std::byte> bytes,
                                            std::string_view source = "npy data") {
    fault_list faults;
    tensor_entry entry;
    entry.name = source;
    if (const std::optional<detail::npy_parts> parts = detail::split_npy(bytes, faults)) {
        npy_header header = read_npy_header(parts->header, faults);
        if (header.type && header.shape) {
            entry.type = *header.type;
            entry.shape = *std::move(header.shape);
            entry.bytes = parts->data;
            const std::optional<std::size_t> expected = byte_size(entry.type, entry.shape);
            if (expected != std::optional(entry.bytes.size())) {
                faults.add("data: expected "
                           + (expected ? std::to_string(*expected) : std::string("over 2^64"))
                           + " bytes for " + std::string(name(entry.type)) + " "
                           + to_string(entry.shape) + ", found "
                           + std::to_string(entry.bytes.size()));
            }
        }
    }
    faults.throw_if_any(source);
    return entry;
}

/// Maps a file; throws `load_error` with every fault unless all of it is in order.
[[nodiscard]] inline npy_array read_npy(const std::string& path) {
    npy_array array;
    array.file = mapped_file(path);
    array.entry = parse_npy(array.file.bytes(), path);
    return array;
}

}  // namespace soma::io
