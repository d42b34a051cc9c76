// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// `json_reader`: a strict reader of RFC 8259 text that builds nothing and never recurses far.

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>

#include <soma/io/unicode.hpp>

namespace soma::io {

/// Walks over one JSON text, value by value.
///
/// Each read consumes one value. The first departure from the grammar sets `fault()`; from then
/// on every read fails at once, so a caller may look at the end only.
class json_reader {
public:
    enum class kind : std::uint8_t { object, array, string, number, literal, nothing };

    /// Objects and arrays inside one another; more is a fault.
    static constexpr int deepest = 32;

    /// \pre `text` outlives the reader
    explicit json_reader(std::string_view text) noexcept : text_(text) {}

    /// What the next value is, without consuming it.
    [[nodiscard]] kind peek() noexcept {
        skip_space();
        switch (current()) {
            case '{': return kind::object;
            case '[': return kind::array;
            case '"': return kind::string;
            case 't':
            case 'f':
            case 'n': return kind::literal;
            default: return current() == '-' || is_digit(current()) ? kind::number : kind::nothing;
        }
    }

    /// Calls `member(key, repeated)` for each member of an object; it must consume the value.
    template <class Member>
    bool read_object(Member&& member) {
        if (!open('{', "an object")) {
            return false;
        }
        std::set<std::string, std::less<>> keys;
        if (!accept('}')) {
            do {
                std::optional<std::string> key = read_string();
                if (!key || !expect(':', "':' after a key")) {
                    return false;
                }
                const auto [position, fresh] = keys.insert(*std::move(key));
                member(*position, !fresh);
                if (!ok()) {
                    return false;
                }
            } while (accept(','));
            if (!expect('}', "',' or '}' after a member")) {
                return false;
            }
        }
        --depth_;
        return true;
    }

    /// Calls `element()` for each element of an array; it must consume the value.
    template <class Element>
    bool read_array(Element&& element) {
        if (!open('[', "an array")) {
            return false;
        }
        if (!accept(']')) {
            do {
                element();
                if (!ok()) {
                    return false;
                }
            } while (accept(','));
            if (!expect(']', "',' or ']' after an element")) {
                return false;
            }
        }
        --depth_;
        return true;
    }

    /// A string with its escapes resolved to UTF-8.
    std::optional<std::string> read_string() {
        if (!expect('"', "a string")) {
            return std::nullopt;
        }
        std::string value;
        while (ok()) {
            const std::size_t run = plain_run();
            value.append(text_.substr(position_, run));
            position_ += run;
            if (current() == '"' && !at_end()) {
                ++position_;
                return value;
            }
            if (current() == '\\') {
                read_escape(value);
            } else {
                read_multibyte(value);
            }
        }
        return std::nullopt;
    }

    /// The characters of a number, checked against the grammar.
    std::optional<std::string_view> read_number() {
        skip_space();
        const std::size_t first = position_;
        accept_raw('-');
        const bool leading_zero = current() == '0';
        const std::size_t integer_digits = skip_digits();
        if (!ok() || integer_digits == 0 || (leading_zero && integer_digits > 1)) {
            return fail("a number"), std::nullopt;
        }
        if (accept_raw('.') && skip_digits() == 0) {
            return fail("a digit after the decimal point"), std::nullopt;
        }
        if (accept_raw('e') || accept_raw('E')) {
            if (!accept_raw('+')) {
                accept_raw('-');
            }
            if (skip_digits() == 0) {
                return fail("a digit in the exponent"), std::nullopt;
            }
        }
        return text_.substr(first, position_ - first);
    }

    /// Consumes a value of any kind; a key that an object repeats is a fault.
    bool skip() {
        switch (peek()) {
            case kind::object:
                return read_object([this](const std::string&, bool repeated) {
                    if (repeated) {
                        reject("an object repeats a key");
                    }
                    skip();
                });
            case kind::array: return read_array([this] { skip(); });
            case kind::string: return read_string().has_value();
            case kind::number: return read_number().has_value();
            case kind::literal: return skip_literal();
            default: return fail("a value");
        }
    }

    /// Whether nothing but white space is left; more is a fault.
    bool finish() {
        skip_space();
        return ok() && (at_end() || fail("the end of the text"));
    }

    /// Makes this and every later read fail, with the caller's own sentence.
    void reject(std::string_view fault) {
        if (ok()) {
            fault_.append(fault).append(" at byte ").append(std::to_string(position_));
            fault_.append(at_end() ? ", which is the end" : "");
        }
    }

    [[nodiscard]] bool ok() const noexcept { return fault_.empty(); }

    /// What is wrong and at which byte, or nothing.
    [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

private:
    [[nodiscard]] static constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
    [[nodiscard]] bool at_end() const noexcept { return position_ == text_.size(); }

    /// The next character, or NUL, which no rule below accepts.
    [[nodiscard]] char current() const noexcept { return at_end() ? '\0' : text_[position_]; }

    bool fail(std::string_view expected) {
        reject(std::string("expected ").append(expected));
        return false;
    }

    void skip_space() noexcept {
        while (current() == ' ' || current() == '\t' || current() == '\n' || current() == '\r') {
            ++position_;
        }
    }

    std::size_t skip_digits() noexcept {
        const std::size_t first = position_;
        while (is_digit(current())) {
            ++position_;
        }
        return position_ - first;
    }

    bool accept_raw(char wanted) noexcept {
        if (current() != wanted) {
            return false;
        }
        ++position_;
        return true;
    }

    bool accept(char wanted) noexcept {
        skip_space();
        return accept_raw(wanted);
    }

    bool expect(char wanted, std::string_view expected) {
        return ok() && (accept(wanted) || fail(expected));
    }

    bool open(char bracket, std::string_view expected) {
        if (!expect(bracket, expected)) {
            return false;
        }
        return ++depth_ <= deepest || fail("objects and arrays nested at most 32 deep");
    }

    bool skip_literal() {
        for (const std::string_view word : {"true", "false", "null"}) {
            if (text_.substr(position_).starts_with(word)) {
                position_ += word.size();
                return true;
            }
        }
        return fail("a value");
    }

    /// Bytes from here that stand for themselves: printable ASCII but quote and backslash.
    [[nodiscard]] std::size_t plain_run() const noexcept {
        std::size_t end = position_;
        while (end < text_.size() && text_[end] >= ' ' && text_[end] != '"' && text_[end] != '\\'
               && static_cast<unsigned char>(text_[end]) < 0x80) {
            ++end;
        }
        return end - position_;
    }

    void read_multibyte(std::string& value) {
        const std::size_t length = utf8_length(text_.substr(position_));
        if (length < 2) {
            fail(at_end() ? "a closing quote" : "valid UTF-8 without control characters");
            return;
        }
        value.append(text_.substr(position_, length));
        position_ += length;
    }

    void read_escape(std::string& value) {
        constexpr std::string_view letters = "\"\\/bfnrt";
        constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        ++position_;
        if (accept_raw('u')) {
            read_code_point(value);
            return;
        }
        const std::size_t which = at_end() ? std::string_view::npos : letters.find(current());
        if (which == std::string_view::npos) {
            fail("an escape that JSON defines");
            return;
        }
        value.append(1, meanings[which]);
        ++position_;
    }

    void read_code_point(std::string& value) {
        std::optional<std::uint32_t> point = read_hex();
        if (point && is_high_surrogate(*point)) {
            const bool escaped = accept_raw('\\') && accept_raw('u');
            const std::optional<std::uint32_t> low = escaped ? read_hex() : std::nullopt;
            point = low && is_low_surrogate(*low) ? std::optional(join_surrogates(*point, *low))
                                                  : std::nullopt;
        }
        if (!point || is_low_surrogate(*point)) {
            fail("four hexadecimal digits of a character, or a pair of surrogates");
            return;
        }
        append_utf8(value, *point);
    }

    std::optional<std::uint32_t> read_hex() noexcept {
        const std::string_view digits = text_.substr(position_, 4);
        std::uint32_t point = 0;
        const char* const end = digits.data() + digits.size();
        const auto [stop, code] = std::from_chars(digits.data(), end, point, 16);
        if (digits.size() < 4 || code != std::errc{} || stop != end) {
            return std::nullopt;
        }
        position_ += 4;
        return point;
    }

    std::string_view text_;
    std::size_t position_ = 0;
    int depth_ = 0;
    std::string fault_;
};

}  // namespace soma::io
