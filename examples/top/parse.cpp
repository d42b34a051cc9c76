// SPDX-License-Identifier: MIT

#include "top/parse.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <limits>
#include <optional>
#include <system_error>

namespace top {

namespace {

constexpr std::string_view blanks = " \t\r";

/// What is left of a line, from the front.
class cursor {
public:
    explicit cursor(std::string_view line) : rest_(line) {}

    [[nodiscard]] bool done() const noexcept { return rest_.empty(); }
    void skip_blanks() noexcept {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size()));
    }
    bool take(char c) noexcept {
        const bool there = rest_.starts_with(c);
        rest_.remove_prefix(there ? 1 : 0);
        return there;
    }
    std::string_view word(std::string_view ends) noexcept {
        const std::string_view found = rest_.substr(0, rest_.find_first_of(ends));
        rest_.remove_prefix(found.size());
        return found;
    }
    /// Text up to the closing quote, its escapes undone; none if it does not end.
    std::optional<std::string> quoted() {
        std::string text;
        for (std::size_t i = 0; i < rest_.size(); ++i) {
            if (rest_[i] == '"') {
                rest_.remove_prefix(i + 1);
                return text;
            }
            if (rest_[i] == '\\' && i + 1 < rest_.size()) {
                ++i;
                text += rest_[i] == 'n' ? '\n' : rest_[i];
            } else {
                text += rest_[i];
            }
        }
        return std::nullopt;
    }

private:
    std::string_view rest_;
};

std::optional<double> number(std::string_view text) {
    if (text == "+Inf" || text == "Inf") {
        return std::numeric_limits<double>::infinity();
    }
    if (text == "-Inf") {
        return -std::numeric_limits<double>::infinity();
    }
    if (text == "NaN") {
        return std::numeric_limits<double>::quiet_NaN();
    }
    text.remove_prefix(text.starts_with('+') ? 1 : 0);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

/// One sample; null with what was `expected` if the line is none.
std::optional<sample> read(cursor line, const char*& expected) {
    sample read;
    expected = "a metric's name";
    read.name = line.word("{ \t");
    if (read.name.empty()) {
        return std::nullopt;
    }
    line.skip_blanks();
    if (line.take('{')) {
        line.skip_blanks();
        while (!line.take('}')) {
            expected = "label=\"value\", and a } after the last one";
            const std::string_view name = line.word("= \t,}\"");
            line.skip_blanks();
            const bool equals = line.take('=');
            line.skip_blanks();
            if (name.empty() || !equals || !line.take('"')) {
                return std::nullopt;
            }
            std::optional<std::string> value = line.quoted();
            if (!value) {
                return std::nullopt;
            }
            read.labels.emplace_back(name, *std::move(value));
            line.skip_blanks();
            line.take(',');
            line.skip_blanks();
        }
        line.skip_blanks();
    }
    expected = "a number";
    const std::optional<double> value = number(line.word(blanks));
    line.skip_blanks();
    line.word(blanks);  // a time stamp
    line.skip_blanks();
    if (!value || !line.done()) {
        return std::nullopt;
    }
    read.value = *value;
    return read;
}

}  // namespace

std::string_view sample::label(std::string_view wanted) const noexcept {
    for (const auto& each : labels) {
        if (each.first == wanted) {
            return each.second;
        }
    }
    return {};
}

std::vector<sample> parse(std::string_view text) {
    std::vector<sample> samples;
    for (std::size_t number_of_line = 1; !text.empty(); ++number_of_line) {
        const std::string_view whole = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(whole.size() + 1, text.size()));
        cursor line(whole);
        line.skip_blanks();
        if (line.done() || line.take('#')) {
            continue;
        }
        const char* expected = "";
        std::optional<sample> found = read(line, expected);
        if (!found) {
            throw bad_text(std::string("line ")
                               .append(std::to_string(number_of_line))
                               .append(": expected ")
                               .append(expected)
                               .append(", got \"")
                               .append(whole.substr(0, 60))
                               .append("\""));
        }
        samples.push_back(*std::move(found));
    }
    return samples;
}

}  // namespace top
