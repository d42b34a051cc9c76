// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A number about hardware together with how it is known.

#include <cstdint>
#include <string_view>

namespace soma {

/// How a figure is known.
enum class provenance : std::uint8_t {
    published,   ///< stated by the vendor
    inferred,    ///< follows from published statements by the argument that is given
    calibrated,  ///< fitted to published measurements, or measured by the program itself
    user,        ///< set by the program
};

[[nodiscard]] constexpr std::string_view name(provenance known) noexcept {
    constexpr std::string_view spelled[] = {"published", "inferred", "calibrated", "user"};
    return spelled[static_cast<int>(known)];
}

/// A value with its provenance and source. Reads as the value alone.
struct figure {
    double value = 0;
    provenance known = provenance::user;
    std::string_view source = {};  ///< where it is stated, or how it follows

    constexpr operator double() const noexcept { return value; }  // NOLINT: a number with a note
};

}  // namespace soma
