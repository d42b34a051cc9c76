// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// `tensor_entry`: one named array inside a file.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <soma/io/dtype.hpp>

namespace soma::io {

/// Refers to little-endian, row-major elements; they may lie at any address.
///
/// A reader hands out entries only after it checked that `bytes` has exactly as many bytes as
/// `shape` and `type` say.
struct tensor_entry {
    std::string name;
    dtype type = dtype::f32;
    std::vector<std::int64_t> shape;
    std::span<const std::byte> bytes;
};

/// The bytes that a shape takes, or nothing when a dimension is negative or the product is beyond
/// 64 bits. A dimension of zero makes it zero whatever the others are.
[[nodiscard]] inline std::optional<std::size_t> byte_size(dtype type,
                                                          std::span<const std::int64_t> shape) {
    std::size_t product = size_of(type);
    bool overflow = false;
    bool empty = false;
    for (const std::int64_t dimension : shape) {
        if (dimension < 0) {
            return std::nullopt;
        }
        const auto factor = static_cast<std::size_t>(dimension);
        empty = empty || factor == 0;
        overflow =
            overflow || (factor != 0 && product > std::numeric_limits<std::size_t>::max() / factor);
        product *= factor;
    }
    if (empty) {
        return 0;
    }
    return overflow ? std::nullopt : std::optional(product);
}

/// Elements of an entry whose bytes were checked against its shape.
[[nodiscard]] inline std::size_t element_count(const tensor_entry& entry) noexcept {
    return entry.bytes.size() / size_of(entry.type);
}

/// A shape as files and messages write it: `[16, 1, 3, 3]`.
[[nodiscard]] inline std::string to_string(std::span<const std::int64_t> shape) {
    // A hostile file may have millions of dimensions; a message needs only the first ones.
    constexpr std::size_t most = 16;
    std::string text = "[";
    for (std::size_t axis = 0; axis < shape.size() && axis < most; ++axis) {
        text.append(axis == 0 ? "" : ", ").append(std::to_string(shape[axis]));
    }
    return text.append(shape.size() > most ? ", ...]" : "]");
}

}  // namespace soma::io
