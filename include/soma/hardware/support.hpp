// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Which operators a core runs, and in which formats.

#include <cstdint>
#include <string_view>

#include <soma/hardware/op.hpp>
#include <soma/numeric/format.hpp>

namespace soma {

/// Why an operator cannot run on a core, or does not.
enum class refusal : std::uint8_t {
    none,           ///< it runs on the core
    no_operator,    ///< the core has no such operator
    no_format,      ///< the core has it in other formats only
    asked_for,      ///< the program puts it on the host
    small_segment,  ///< the run of core operators around it is not worth a subgraph
};

[[nodiscard]] constexpr std::string_view name(refusal why) noexcept {
    constexpr std::string_view spelled[] = {
        "", "the core has no such operator", "the core does not compute it in this format",
        "the program puts it on the host", "too few operators for a subgraph of their own"};
    return spelled[static_cast<int>(why)];
}

/// A set of formats.
using format_set = std::uint8_t;
[[nodiscard]] constexpr format_set set_of(format f) noexcept {
    return static_cast<format_set>(1U << static_cast<unsigned>(f));
}

/// The formats in which a core runs each operator; none: the operator runs on the host.
struct operator_support {
    format_set formats[op_count] = {};

    [[nodiscard]] constexpr refusal of(op kind, format f) const noexcept {
        const format_set set = formats[static_cast<int>(kind)];
        return set == 0                 ? refusal::no_operator
               : (set & set_of(f)) == 0 ? refusal::no_format
                                        : refusal::none;
    }
};

}  // namespace soma
