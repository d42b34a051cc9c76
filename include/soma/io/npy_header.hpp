// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The text header of a .npy file: the three keys of a Python dictionary, and nothing else.

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <soma/io/dtype.hpp>
#include <soma/io/load_error.hpp>

namespace soma::io {

/// What a header says; an absent member was missing or refused.
struct npy_header {
    std::optional<dtype> type;
    std::optional<std::vector<std::int64_t>> shape;
};

namespace detail {

/// The codes of the types that .npy files and soma share, after the byte order.
inline constexpr std::array<std::pair<std::string_view, dtype>, 12> npy_codes{{
    {"b1", dtype::boolean},
    {"u1", dtype::u8},
    {"i1", dtype::i8},
    {"i2", dtype::i16},
    {"u2", dtype::u16},
    {"f2", dtype::f16},
    {"i4", dtype::i32},
    {"u4", dtype::u32},
    {"f4", dtype::f32},
    {"f8", dtype::f64},
    {"i8", dtype::i64},
    {"u8", dtype::u64},
}};

/// Reads one header into an `npy_header` and adds a sentence for each fault.
class npy_header_reader {
public:
    npy_header_reader(std::string_view text, fault_list& faults) : text_(text), faults_(faults) {}

    npy_header read() {
        if (!read_dictionary()) {
            if (faults_.empty()) {
                faults_.add("header: expected the dictionary that numpy writes, stopped at byte "
                            + std::to_string(position_) + " of it");
            }
            return {};
        }
        require(descr_, "descr");
        require(order_, "fortran_order");
        require(shape_, "shape");
        return std::move(header_);
    }

private:
    [[nodiscard]] char current() const noexcept {
        return position_ < text_.size() ? text_[position_] : '\0';
    }

    bool accept(char wanted) noexcept {
        skip_space();
        if (current() != wanted) {
            return false;
        }
        ++position_;
        return true;
    }

    void skip_space() noexcept {
        while (current() == ' ' || current() == '\n') {
            ++position_;
        }
    }

    void require(bool present, std::string_view key) {
        if (!present) {
            faults_.add(std::string("header: the key ").append(key).append(" is missing"));
        }
    }

    bool read_dictionary() {
        if (!accept('{')) {
            return false;
        }
        while (!accept('}')) {
            if (!read_item()) {
                return false;
            }
            if (!accept(',')) {
                if (!accept('}')) {
                    return false;
                }
                break;
            }
        }
        skip_space();
        return position_ == text_.size();
    }

    bool read_item() {
        const std::optional<std::string_view> key = read_string();
        if (!key || !accept(':')) {
            return false;
        }
        if (*key == "descr") {
            return first(descr_, *key) && read_descr();
        }
        if (*key == "fortran_order") {
            return first(order_, *key) && read_order();
        }
        if (*key == "shape") {
            return first(shape_, *key) && read_shape();
        }
        faults_.add("header: unknown key " + in_quotes(*key));
        return false;
    }

    bool first(bool& seen, std::string_view key) {
        if (seen) {
            faults_.add("header: the key " + in_quotes(key) + " appears more than once");
        }
        return !std::exchange(seen, true);
    }

    /// A string without escapes, which none of the keys and type codes needs.
    std::optional<std::string_view> read_string() noexcept {
        skip_space();
        const char quote = current();
        if (quote != '\'' && quote != '"') {
            return std::nullopt;
        }
        const std::size_t begin = position_ + 1;
        const std::size_t end = text_.find(quote, begin);
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        const std::string_view value = text_.substr(begin, end - begin);
        if (value.find('\\') != std::string_view::npos) {
            return std::nullopt;
        }
        position_ = end + 1;
        return value;
    }

    bool read_descr() {
        skip_space();
        if (current() == '[' || current() == '(') {
            faults_.add("descr: structured types are not read; save each field as its own array");
            return false;
        }
        const std::optional<std::string_view> code = read_string();
        if (code) {
            interpret(*code);
        }
        return code.has_value();
    }

    void interpret(std::string_view code) {
        if (code.find('O') != std::string_view::npos) {
            faults_.add(
                "descr: object arrays hold Python pickles, which can run code when read; save "
                "plain numbers");
            return;
        }
        for (const auto& [known, type] : npy_codes) {
            if (code.size() != 3 || code.substr(1) != known) {
                continue;
            }
            if (code.front() == '<' || (code.front() == '|' && size_of(type) == 1)) {
                header_.type = type;
                return;
            }
            if (code.front() == '>') {
                faults_.add("descr: big-endian numbers are not read; save array.astype('<"
                            + std::string(known) + "')");
                return;
            }
        }
        std::string sentence = "descr: expected one of";
        for (const auto& [known, type] : npy_codes) {
            sentence.append(size_of(type) == 1 ? " |" : " <").append(known);
        }
        faults_.add(sentence.append(", found ").append(in_quotes(code)));
    }

    bool read_order() {
        skip_space();
        const std::string_view rest = text_.substr(position_);
        if (rest.starts_with("False")) {
            position_ += 5;
            return true;
        }
        if (rest.starts_with("True")) {
            position_ += 4;
            faults_.add(
                "fortran_order: column-major arrays are not read; save "
                "numpy.ascontiguousarray(array)");
            return true;
        }
        return false;
    }

    /// A Python tuple: `()`, `(3,)`, `(3, 4)`, `(3, 4,)`, but not `(3)`, which is a number.
    bool read_shape() {
        if (!accept('(')) {
            return false;
        }
        std::vector<std::int64_t> dimensions;
        bool comma = true;
        while (!accept(')')) {
            const std::optional<std::int64_t> dimension = comma ? read_dimension() : std::nullopt;
            if (!dimension) {
                return false;
            }
            dimensions.push_back(*dimension);
            comma = accept(',');
        }
        if (dimensions.size() == 1 && !comma) {
            return false;
        }
        header_.shape = std::move(dimensions);
        return true;
    }

    std::optional<std::int64_t> read_dimension() {
        skip_space();
        const char* const end = text_.data() + text_.size();
        std::int64_t value = 0;
        const auto [stop, code] = std::from_chars(text_.data() + position_, end, value);
        if (code != std::errc{} || value < 0) {
            faults_.add("shape: expected integers from 0 to 2^63 - 1");
            return std::nullopt;
        }
        position_ = static_cast<std::size_t>(stop - text_.data());
        return value;
    }

    std::string_view text_;
    fault_list& faults_;
    std::size_t position_ = 0;
    npy_header header_;
    bool descr_ = false;
    bool order_ = false;
    bool shape_ = false;
};

}  // namespace detail

/// Reads the dictionary of a header; its faults go to `faults`.
[[nodiscard]] inline npy_header read_npy_header(std::string_view text, fault_list& faults) {
    return detail::npy_header_reader(text, faults).read();
}

}  // namespace soma::io
