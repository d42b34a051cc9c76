// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A table of text and numbers: aligned for a terminal, or as comma-separated values.

#include <algorithm>
#include <cassert>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <range/v3/view/zip.hpp>

namespace soma::perf {

/// The number with `decimals` digits after the point, which is a point in every locale.
/// \pre `0 <= decimals <= 32`.
[[nodiscard]] inline std::string fixed(double value, int decimals) {
    assert(decimals >= 0 && decimals <= 32);
    char text[384];  // 309 digits of the largest double, its sign, the point and the decimals
    const auto end =
        std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, decimals).ptr;
    return {text, end};
}

/// One cell: its text, and whether it is a number (numbers end at the right edge of their column).
struct cell {
    std::string text;
    bool number = false;

    cell(std::string_view value) : text(value) {}
    cell(const char* value) : text(value) {}
    cell(const std::string& value) : text(value) {}
    cell(std::integral auto value) : text(std::to_string(value)), number(true) {}

    /// A number with `decimals` digits after the point.
    cell(double value, int decimals) : text(fixed(value, decimals)), number(true) {}
};

/// Rows under headings; a column's width is that of its longest text in bytes.
class table {
public:
    explicit table(std::vector<std::string> headings) : headings_(std::move(headings)) {}

    /// Appends a row. \pre As many cells as headings.
    table& add(std::vector<cell> row) {
        assert(row.size() == headings_.size());
        rows_.push_back(std::move(row));
        return *this;
    }

    [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }

    /// Writes aligned columns, two blanks apart, with a dashed line under the headings.
    void print(std::ostream& out) const {
        std::vector<std::size_t> widths;
        for (const std::string& heading : headings_) {
            widths.push_back(heading.size());
        }
        for (const auto& row : rows_) {
            for (auto&& [width, entry] : ranges::views::zip(widths, row)) {
                width = std::max<std::size_t>(width, entry.text.size());
            }
        }

        std::vector<cell> top;
        std::vector<cell> rule;
        for (std::size_t column = 0; column < headings_.size(); ++column) {
            top.emplace_back(headings_[column]);
            top.back().number = is_numeric(column);
            rule.emplace_back(std::string(widths[column], '-'));
        }
        print_row(out, top, widths);
        print_row(out, rule, widths);
        for (const auto& row : rows_) {
            print_row(out, row, widths);
        }
    }

    /// Writes RFC 4180 lines, except that they end in a line feed alone; headings first.
    void write_csv(std::ostream& out) const {
        const std::vector<cell> top(headings_.begin(), headings_.end());
        write_csv_row(out, top);
        for (const auto& row : rows_) {
            write_csv_row(out, row);
        }
    }

private:
    /// A heading stands over numbers if the first row has one there.
    [[nodiscard]] bool is_numeric(std::size_t column) const {
        return !rows_.empty() && rows_.front()[column].number;
    }

    static void print_row(std::ostream& out,
                          const std::vector<cell>& row,
                          const std::vector<std::size_t>& widths) {
        std::string line;
        for (auto&& [entry, width] : ranges::views::zip(row, widths)) {
            const std::string gap(width - entry.text.size(), ' ');
            line += line.empty() ? "" : "  ";
            line += entry.number ? gap + entry.text : entry.text + gap;
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out << line << '\n';
    }

    static void write_csv_row(std::ostream& out, const std::vector<cell>& row) {
        const char* separator = "";
        for (const cell& entry : row) {
            out << std::exchange(separator, ",") << in_quotes(entry.text);
        }
        out << '\n';
    }

    [[nodiscard]] static std::string in_quotes(const std::string& text) {
        if (text.find_first_of(",\"\r\n") == std::string::npos) {
            return text;
        }
        std::string result = "\"";
        for (const char c : text) {
            result += c == '"' ? "\"\"" : std::string(1, c);
        }
        return result + '"';
    }

    std::vector<std::string> headings_;
    std::vector<std::vector<cell>> rows_;
};

}  // namespace soma::perf
