// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// `save_npy`: writes one array as NumPy would.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <soma/io/npy_header.hpp>
#include <soma/io/replacing_file.hpp>
#include <soma/io/tensor_entry.hpp>

namespace soma::io {

/// Writes `path` at once or not at all, in version 1.0; the name of the entry is not stored.
///
/// Throws `std::invalid_argument` when the bytes do not match the shape or NumPy has no such type
/// (BF16, F8), and `std::system_error` when the file cannot be written.
inline void save_npy(const std::string& path, const tensor_entry& entry) {
    std::string header;
    for (const auto& [code, type] : detail::npy_codes) {
        if (type == entry.type) {
            header.append("{'descr': '").append(size_of(type) == 1 ? "|" : "<").append(code);
        }
    }
    if (header.empty()) {
        throw std::invalid_argument(path + ": NumPy has no type " + std::string(name(entry.type)));
    }
    if (byte_size(entry.type, entry.shape) != std::optional(entry.bytes.size())) {
        throw std::invalid_argument(path + ": the shape " + to_string(entry.shape)
                                    + " does not match " + std::to_string(entry.bytes.size())
                                    + " bytes");
    }
    header.append("', 'fortran_order': False, 'shape': (");
    for (std::size_t axis = 0; axis < entry.shape.size(); ++axis) {
        header.append(axis == 0 ? "" : ", ").append(std::to_string(entry.shape[axis]));
    }
    header.append(entry.shape.size() == 1 ? ",), }" : "), }");

    // The data begin at a multiple of 64 bytes; a line feed ends the padding.
    constexpr std::size_t preamble = 10;
    const std::size_t start = (preamble + header.size() + 1 + 63) / 64 * 64;
    header.resize(start - preamble - 1, ' ');
    header.append("\n");
    if (header.size() > 0xFFFF) {
        throw std::invalid_argument(path + ": too many dimensions");
    }

    std::string begin = "\x93NUMPY";
    begin.append(1, '\1').append(1, '\0');
    begin.append(1, static_cast<char>(header.size() & 0xFFu));
    begin.append(1, static_cast<char>(header.size() >> 8));

    replacing_file file(path);
    file.write(begin + header);
    file.write(entry.bytes);
    file.commit();
}

/// Writes floats; throws as above.
inline void save_npy(const std::string& path,
                     std::vector<std::int64_t> shape,
                     std::span<const float> values) {
    save_npy(path, tensor_entry{path, dtype::f32, std::move(shape), std::as_bytes(values)});
}

}  // namespace soma::io
