// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// From an entry of a file to numbers in memory, with the shape checked on the way.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <soma/io/dtype.hpp>
#include <soma/io/load_error.hpp>
#include <soma/io/tensor_entry.hpp>
#include <soma/numeric/bfloat16.hpp>
#include <soma/numeric/float16.hpp>
#include <soma/tensor/layout.hpp>
#include <soma/tensor/shape.hpp>
#include <soma/tensor/tensor.hpp>

namespace soma::io {

namespace detail {

/// Copies each element out first, because the bytes of a file have no alignment.
template <class Stored, class Out>
void widen(std::span<const std::byte> bytes, std::span<Out> out) noexcept {
    for (std::size_t i = 0; i < out.size(); ++i) {
        Stored value;
        std::memcpy(&value, bytes.data() + i * sizeof(Stored), sizeof(Stored));
        out[i] = static_cast<Out>(value);
    }
}

[[noreturn]] inline void refuse(const tensor_entry& entry, std::string_view fault) {
    throw load_error("tensor " + in_quotes(entry.name), {std::string(fault)});
}

inline void check_count(const tensor_entry& entry, std::size_t expected) {
    if (element_count(entry) != expected) {
        refuse(entry, "expected " + std::to_string(expected) + " elements, found "
                          + std::to_string(element_count(entry)) + " in shape "
                          + to_string(entry.shape));
    }
}

}  // namespace detail

/// Reads F32, F16 and BF16 exactly and F64 rounded once, into as many floats.
///
/// Throws `load_error` when the type or the number of elements is another.
inline void read_floats(const tensor_entry& entry, std::span<float> out) {
    detail::check_count(entry, out.size());
    switch (entry.type) {
        case dtype::f32:
            if (!out.empty()) {
                std::memcpy(out.data(), entry.bytes.data(), entry.bytes.size());
            }
            return;
        case dtype::f16: return detail::widen<float16>(entry.bytes, out);
        case dtype::bf16: return detail::widen<bfloat16>(entry.bytes, out);
        case dtype::f64: return detail::widen<double>(entry.bytes, out);
        default:
            detail::refuse(entry, std::string("expected dtype F32, F16, BF16 or F64, found ")
                                      .append(name(entry.type)));
    }
}

/// Reads integers and booleans, into as many signed integers.
///
/// Throws `load_error` when the type or the number of elements is another; U64 is refused,
/// because its upper half has no value here.
inline void read_integers(const tensor_entry& entry, std::span<std::int64_t> out) {
    detail::check_count(entry, out.size());
    switch (entry.type) {
        case dtype::boolean:
        case dtype::u8: return detail::widen<std::uint8_t>(entry.bytes, out);
        case dtype::i8: return detail::widen<std::int8_t>(entry.bytes, out);
        case dtype::i16: return detail::widen<std::int16_t>(entry.bytes, out);
        case dtype::u16: return detail::widen<std::uint16_t>(entry.bytes, out);
        case dtype::i32: return detail::widen<std::int32_t>(entry.bytes, out);
        case dtype::u32: return detail::widen<std::uint32_t>(entry.bytes, out);
        case dtype::i64: return detail::widen<std::int64_t>(entry.bytes, out);
        default:
            detail::refuse(entry,
                           std::string("expected an integer dtype of at most 63 bits, found ")
                               .append(name(entry.type)));
    }
}

/// All elements as floats.
[[nodiscard]] inline std::vector<float> to_floats(const tensor_entry& entry) {
    std::vector<float> values(element_count(entry));
    read_floats(entry, values);
    return values;
}

/// All elements as integers.
[[nodiscard]] inline std::vector<std::int64_t> to_integers(const tensor_entry& entry) {
    std::vector<std::int64_t> values(element_count(entry));
    read_integers(entry, values);
    return values;
}

/// All elements as a tensor of exactly this shape; throws `load_error` naming both shapes if not.
template <shape_type Shape>
[[nodiscard]] tensor<float, Shape> to_tensor(const tensor_entry& entry) {
    const std::vector<std::int64_t> expected(Shape::dims.begin(), Shape::dims.end());
    if (entry.shape != expected) {
        detail::refuse(
            entry, "expected shape " + to_string(expected) + ", found " + to_string(entry.shape));
    }
    tensor<float, Shape> result;
    read_floats(entry, std::span(result.data(), Shape::size));
    return result;
}

}  // namespace soma::io
