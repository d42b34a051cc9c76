// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// `save_safetensors`: writes named tensors; equal tensors give equal files.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <soma/io/load_error.hpp>
#include <soma/io/replacing_file.hpp>
#include <soma/io/safetensors.hpp>
#include <soma/io/tensor_entry.hpp>
#include <soma/io/unicode.hpp>

namespace soma::io {

namespace detail {

[[noreturn]] inline void refuse_to_save(std::string_view name, std::string_view why) {
    throw std::invalid_argument(in_quotes(name).append(": ").append(why));
}

/// Appends a JSON string, with no more escapes than JSON asks for.
inline void append_json(std::string& json, std::string_view text) {
    constexpr std::string_view special = "\"\\\b\f\n\r\t";
    constexpr std::string_view letters = "\"\\bfnrt";
    constexpr std::string_view hex = "0123456789abcdef";
    if (!is_utf8(text)) {
        refuse_to_save(text, "names and metadata must be UTF-8");
    }
    json.append(1, '"');
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (const std::size_t which = special.find(c); which != std::string_view::npos) {
            json.append(1, '\\').append(1, letters[which]);
        } else if (byte < 0x20) {
            json.append("\\u00").append(1, hex[byte >> 4]).append(1, hex[byte & 15u]);
        } else {
            json.append(1, c);
        }
    }
    json.append(1, '"');
}

/// The entries in the order of the file: wide elements first, so that every tensor is aligned.
[[nodiscard]] inline std::vector<const tensor_entry*> in_file_order(
    std::span<const tensor_entry> entries) {
    std::vector<const tensor_entry*> sorted;
    sorted.reserve(entries.size());
    for (const tensor_entry& entry : entries) {
        if (byte_size(entry.type, entry.shape) != std::optional(entry.bytes.size())) {
            refuse_to_save(entry.name, "the shape " + to_string(entry.shape) + " does not match "
                                           + std::to_string(entry.bytes.size()) + " bytes");
        }
        if (entry.name == "__metadata__") {
            refuse_to_save(entry.name, "this name has another meaning in the format");
        }
        sorted.push_back(&entry);
    }
    std::sort(sorted.begin(), sorted.end(), [](const tensor_entry* a, const tensor_entry* b) {
        return a->type != b->type ? a->type > b->type : a->name < b->name;
    });
    return sorted;
}

template <class T>
void check_unique(std::span<const T> items, std::string T::* name) {
    std::vector<std::string_view> names;
    for (const T& item : items) {
        names.push_back(item.*name);
    }
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice != names.end()) {
        refuse_to_save(*twice, "given more than once");
    }
}

inline void append_metadata(std::string& json, std::span<const metadata_entry> metadata) {
    std::vector<const metadata_entry*> sorted;
    for (const metadata_entry& entry : metadata) {
        sorted.push_back(&entry);
    }
    std::sort(sorted.begin(), sorted.end(),
              [](const metadata_entry* a, const metadata_entry* b) { return a->key < b->key; });
    append_json(json, "__metadata__");
    json.append(":{");
    for (const metadata_entry* entry : sorted) {
        json.append(entry == sorted.front() ? "" : ",");
        append_json(json, entry->key);
        json.append(":");
        append_json(json, entry->value);
    }
    json.append("}");
}

inline void append_tensor(std::string& json, const tensor_entry& entry, std::size_t begin) {
    append_json(json, entry.name);
    json.append(":{\"dtype\":\"").append(name(entry.type)).append("\",\"shape\":[");
    for (std::size_t axis = 0; axis < entry.shape.size(); ++axis) {
        json.append(axis == 0 ? "" : ",").append(std::to_string(entry.shape[axis]));
    }
    json.append("],\"data_offsets\":[").append(std::to_string(begin)).append(",");
    json.append(std::to_string(begin + entry.bytes.size())).append("]}");
}

}  // namespace detail

/// Writes `path` at once or not at all; the bytes depend on the tensors and not on their order.
///
/// The order, the header and its padding are those of the safetensors library of Hugging Face,
/// so both give the same file. Throws `std::invalid_argument` when names repeat, a name is not
/// UTF-8 or bytes do not match a shape, and `std::system_error` when the file cannot be written.
inline void save_safetensors(const std::string& path,
                             std::span<const tensor_entry> entries,
                             std::span<const metadata_entry> metadata = {}) {
    const std::vector<const tensor_entry*> sorted = detail::in_file_order(entries);
    detail::check_unique(entries, &tensor_entry::name);
    detail::check_unique(metadata, &metadata_entry::key);

    std::string header = "{";
    if (!metadata.empty()) {
        detail::append_metadata(header, metadata);
    }
    std::size_t offset = 0;
    for (const tensor_entry* entry : sorted) {
        header.append(header.size() == 1 ? "" : ",");
        detail::append_tensor(header, *entry, offset);
        offset += entry->bytes.size();
    }
    header.append("}");
    header.resize((header.size() + 7) / 8 * 8, ' ');
    if (header.size() > safetensors::longest_header) {
        throw std::invalid_argument("safetensors: the header would exceed 100,000,000 bytes");
    }

    const std::array<std::uint64_t, 1> length{header.size()};
    replacing_file file(path);
    file.write(std::as_bytes(std::span(length)));
    file.write(header);
    for (const tensor_entry* entry : sorted) {
        file.write(entry->bytes);
    }
    file.commit();
}

}  // namespace soma::io
