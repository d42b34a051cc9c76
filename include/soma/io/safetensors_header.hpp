// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The JSON header of a safetensors file: what it declares, and what is wrong with that.

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
#include <soma/io/json_reader.hpp>
#include <soma/io/load_error.hpp>

namespace soma::io {

/// A key and a value of the `__metadata__` object.
struct metadata_entry {
    std::string key;
    std::string value;
};

/// What a header says about one tensor; an absent member was missing or refused.
struct declared_tensor {
    std::string name;
    std::optional<dtype> type;
    std::optional<std::vector<std::int64_t>> shape;
    std::optional<std::pair<std::int64_t, std::int64_t>> offsets;
};

/// What a header says; `tensors` are in the order of the header.
struct safetensors_header {
    std::vector<declared_tensor> tensors;
    std::vector<metadata_entry> metadata;
    /// Whether `tensors` has every tensor that the header names.
    bool complete = true;
};

namespace detail {

/// Reads one header into a `safetensors_header` and adds a sentence for each fault.
class header_reader {
public:
    header_reader(std::string_view json, fault_list& faults) : json_(json), faults_(faults) {}

    safetensors_header read() {
        json_.read_object([this](const std::string& key, bool repeated) {
            subject_ = key == metadata_key ? std::string("metadata") : "tensor " + in_quotes(key);
            if (repeated) {
                fault("appears more than once");
            }
            if (key == metadata_key) {
                read_metadata();
            } else {
                read_tensor(key);
            }
            if (faults_.full()) {
                json_.reject("too many faults");
            }
        });
        json_.finish();
        if (!json_.ok()) {
            header_.complete = false;
            if (!faults_.full()) {
                faults_.add("header: not JSON: " + json_.fault());
            }
        }
        return std::move(header_);
    }

private:
    static constexpr std::string_view metadata_key = "__metadata__";

    void fault(std::string_view text) {
        faults_.add(std::string(subject_).append(": ").append(text));
    }

    /// Whether the next value is of the wanted kind; skips it if not.
    bool wanted(json_reader::kind kind, std::string_view part, std::string_view noun) {
        constexpr std::array<std::string_view, 6> nouns{
            "an object", "an array", "a string", "a number", "true, false or null", "nothing"};
        const json_reader::kind found = json_.peek();
        if (found == kind) {
            return true;
        }
        if (json_.skip()) {
            fault(std::string(part)
                      .append("expected ")
                      .append(noun)
                      .append(", found ")
                      .append(nouns[static_cast<std::size_t>(found)]));
        }
        return false;
    }

    void read_metadata() {
        if (!wanted(json_reader::kind::object, "", "an object of strings")) {
            return;
        }
        json_.read_object([this](const std::string& key, bool repeated) {
            if (repeated) {
                fault("key " + in_quotes(key) + " appears more than once");
            }
            if (wanted(json_reader::kind::string, "key " + in_quotes(key) + ": ", "a string")) {
                if (std::optional<std::string> value = json_.read_string()) {
                    header_.metadata.push_back({key, *std::move(value)});
                }
            }
            if (faults_.full()) {
                json_.reject("too many faults");
            }
        });
    }

    void read_tensor(const std::string& name) {
        if (!wanted(json_reader::kind::object, "", "an object with dtype, shape, data_offsets")) {
            header_.complete = false;
            return;
        }
        declared_tensor tensor{name, {}, {}, {}};
        bool type = false;
        bool shape = false;
        bool offsets = false;
        json_.read_object([&](const std::string& key, bool repeated) {
            if (repeated) {
                fault("key " + in_quotes(key) + " appears more than once");
            }
            if (key == "dtype") {
                type = true;
                tensor.type = read_type();
            } else if (key == "shape") {
                shape = true;
                tensor.shape = read_shape();
            } else if (key == "data_offsets") {
                offsets = true;
                tensor.offsets = read_offsets();
            } else {
                fault("expected only dtype, shape and data_offsets, found the key "
                      + in_quotes(key));
                json_.skip();
            }
            if (faults_.full()) {
                json_.reject("too many faults");
            }
        });
        if (json_.ok()) {
            require(type, "dtype");
            require(shape, "shape");
            require(offsets, "data_offsets");
            header_.tensors.push_back(std::move(tensor));
        }
    }

    void require(bool present, std::string_view key) {
        if (!present) {
            fault(std::string(key).append(": missing"));
        }
    }

    std::optional<dtype> read_type() {
        if (!wanted(json_reader::kind::string, "dtype: ", "a string")) {
            return std::nullopt;
        }
        const std::optional<std::string> text = json_.read_string();
        const std::optional<dtype> type = text ? dtype_named(*text) : std::nullopt;
        if (text && !type) {
            std::string sentence = "dtype: expected one of";
            for (const dtype_facts& known : dtype_table) {
                sentence.append(" ").append(known.name);
            }
            fault(sentence.append(", found ").append(in_quotes(*text)));
        }
        return type;
    }

    /// Reads an array of integers from 0 on.
    std::optional<std::vector<std::int64_t>> read_counts(std::string_view part) {
        if (!wanted(json_reader::kind::array, part, "an array of integers")) {
            return std::nullopt;
        }
        std::vector<std::int64_t> counts;
        bool good = true;
        json_.read_array([&] {
            const std::optional<std::int64_t> count = read_count(part);
            good = good && count;
            counts.push_back(count.value_or(0));
            if (faults_.full()) {
                json_.reject("too many faults");
            }
        });
        return good && json_.ok() ? std::optional(std::move(counts)) : std::nullopt;
    }

    std::optional<std::int64_t> read_count(std::string_view part) {
        if (!wanted(json_reader::kind::number, part, "only integers")) {
            return std::nullopt;
        }
        const std::optional<std::string_view> text = json_.read_number();
        if (!text) {
            return std::nullopt;
        }
        std::int64_t value = 0;
        const char* const end = text->data() + text->size();
        const auto [stop, code] = std::from_chars(text->data(), end, value);
        if (code == std::errc{} && stop == end && value >= 0) {
            return value;
        }
        fault(std::string(part).append("expected integers from 0 to 2^63 - 1, found ")
              + in_quotes(*text));
        return std::nullopt;
    }

    std::optional<std::vector<std::int64_t>> read_shape() { return read_counts("shape: "); }

    std::optional<std::pair<std::int64_t, std::int64_t>> read_offsets() {
        const std::optional<std::vector<std::int64_t>> counts = read_counts("data_offsets: ");
        if (!counts) {
            return std::nullopt;
        }
        if (counts->size() != 2) {
            fault("data_offsets: expected 2 integers, found " + std::to_string(counts->size()));
            return std::nullopt;
        }
        return std::pair(counts->front(), counts->back());
    }

    json_reader json_;
    fault_list& faults_;
    safetensors_header header_;
    std::string subject_;
};

}  // namespace detail

/// Reads the JSON text of a header; its faults go to `faults`.
[[nodiscard]] inline safetensors_header read_safetensors_header(std::string_view json,
                                                                fault_list& faults) {
    return detail::header_reader(json, faults).read();
}

}  // namespace soma::io
