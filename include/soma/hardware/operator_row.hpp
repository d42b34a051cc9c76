// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A core's operators as a table with sources, and the sets of formats that it is made of.

#include <cstddef>
#include <string_view>

#include <soma/hardware/figure.hpp>
#include <soma/hardware/support.hpp>

namespace soma {

inline constexpr format_set no_formats = 0;
inline constexpr format_set half_formats =
    static_cast<format_set>(set_of(format::f16) | set_of(format::bf16));
inline constexpr format_set all_formats =
    static_cast<format_set>(half_formats | set_of(format::f32));

/// In which formats a core runs one operator, and how that is known.
struct operator_row {
    op kind = op::identity;
    format_set formats = no_formats;
    provenance known = provenance::user;
    std::string_view source = {};
};

/// The table as a core keeps it. Operators without a row run on the host.
template <std::size_t Rows>
[[nodiscard]] constexpr operator_support support_of(const operator_row (&rows)[Rows]) noexcept {
    operator_support support;
    for (const operator_row& row : rows) {
        support.formats[static_cast<int>(row.kind)] = row.formats;
    }
    return support;
}

/// The row of `kind`; an empty one where the table has none.
template <std::size_t Rows>
[[nodiscard]] constexpr operator_row row_of(const operator_row (&rows)[Rows], op kind) noexcept {
    for (const operator_row& row : rows) {
        if (row.kind == kind) {
            return row;
        }
    }
    return {kind};
}

}  // namespace soma
