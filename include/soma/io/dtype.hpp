// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// `dtype`: the element types that files may hold.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace soma::io {

static_assert(std::endian::native == std::endian::little,
              "io: the files hold little-endian numbers, which are copied to memory as they are");

/// In the order in which the safetensors library of Hugging Face sorts them when it saves.
enum class dtype : std::uint8_t {
    boolean,
    u8,
    i8,
    f8_e5m2,
    f8_e4m3,
    i16,
    u16,
    f16,
    bf16,
    i32,
    u32,
    f32,
    f64,
    i64,
    u64,
};

namespace detail {

struct dtype_facts {
    std::string_view name;
    std::size_t size;
};

inline constexpr std::array<dtype_facts, 15> dtype_table{{{"BOOL", 1},
                                                          {"U8", 1},
                                                          {"I8", 1},
                                                          {"F8_E5M2", 1},
                                                          {"F8_E4M3", 1},
                                                          {"I16", 2},
                                                          {"U16", 2},
                                                          {"F16", 2},
                                                          {"BF16", 2},
                                                          {"I32", 4},
                                                          {"U32", 4},
                                                          {"F32", 4},
                                                          {"F64", 8},
                                                          {"I64", 8},
                                                          {"U64", 8}}};
static_assert(static_cast<std::size_t>(dtype::u64) + 1 == dtype_table.size());

}  // namespace detail

/// The name that safetensors headers use, such as `BF16`.
[[nodiscard]] constexpr std::string_view name(dtype type) noexcept {
    return detail::dtype_table[static_cast<std::size_t>(type)].name;
}

/// Bytes of one element.
[[nodiscard]] constexpr std::size_t size_of(dtype type) noexcept {
    return detail::dtype_table[static_cast<std::size_t>(type)].size;
}

/// The type with this name, which is case-sensitive.
[[nodiscard]] constexpr std::optional<dtype> dtype_named(std::string_view name) noexcept {
    for (std::size_t i = 0; i < detail::dtype_table.size(); ++i) {
        if (detail::dtype_table[i].name == name) {
            return static_cast<dtype>(i);
        }
    }
    return std::nullopt;
}

/// Whether elements are F16, BF16, F32 or F64: what `to_floats` reads.
[[nodiscard]] constexpr bool is_floating(dtype type) noexcept {
    return type == dtype::f16 || type == dtype::bf16 || type == dtype::f32 || type == dtype::f64;
}

}  // namespace soma::io
