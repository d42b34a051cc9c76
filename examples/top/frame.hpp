// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What is on the screen: lines of coloured text.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "top/rates.hpp"

namespace top {

enum class colour : std::uint8_t { plain, faint, title, good, warning, bad };

struct span {
    std::string text;  ///< UTF-8
    colour in = colour::plain;
};
using line = std::vector<span>;

/// A terminal.
struct look {
    int columns = 80;     ///< at least 80 are used
    bool unicode = true;  ///< else ASCII
};

/// What stands above the figures.
struct heading {
    std::string source;   ///< where the metrics come from
    std::string trouble;  ///< why they are old or missing; empty: they are not
};

/// The lines of a frame; no figures if there is no `now`.
[[nodiscard]] std::vector<line> frame(const heading& above, const rates* now, const look& on);

/// A line without its colours, and without blanks at its end.
[[nodiscard]] std::string plain(const line& from);

/// Columns that UTF-8 text takes: one for each code point.
[[nodiscard]] int width(std::string_view text);

/// Three digits and a unit: "9.31 ms", "12.4 KiB", "15.2k".
[[nodiscard]] std::string as_time(double seconds, bool unicode);
[[nodiscard]] std::string as_bytes(double bytes);
[[nodiscard]] std::string as_rate(double per_second);

/// `share` of `cells` cells, filled from the left.
[[nodiscard]] std::string bar(double share, int cells, bool unicode);

}  // namespace top
