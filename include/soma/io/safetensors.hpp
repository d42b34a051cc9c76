// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// `safetensors`: the named tensors of a file, each checked before any is handed out.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <soma/io/load_error.hpp>
#include <soma/io/mapped_file.hpp>
#include <soma/io/safetensors_header.hpp>
#include <soma/io/tensor_entry.hpp>

namespace soma::io {

namespace detail {

/// Checks what a header declares against the bytes that follow it.
class extent_checker {
public:
    extent_checker(std::span<const std::byte> data, fault_list& faults)
        : data_(data), faults_(faults) {}

    /// The entries in the order of their bytes; meaningful only if no fault was added.
    std::vector<tensor_entry> check(safetensors_header header) {
        std::vector<declared_tensor> tensors = std::move(header.tensors);
        bool all_located = header.complete;
        for (const declared_tensor& tensor : tensors) {
            all_located = check_offsets(tensor) && all_located;
            check_size(tensor);
        }
        std::erase_if(tensors, [&](const auto& t) { return !inside(t); });
        std::sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) {
            return *a.offsets != *b.offsets ? *a.offsets < *b.offsets : a.name < b.name;
        });
        check_cover(tensors, all_located);

        std::vector<tensor_entry> entries;
        entries.reserve(tensors.size());
        for (declared_tensor& tensor : tensors) {
            if (tensor.type && tensor.shape) {
                const auto begin = static_cast<std::size_t>(tensor.offsets->first);
                const auto end = static_cast<std::size_t>(tensor.offsets->second);
                entries.push_back({std::move(tensor.name), *tensor.type, *std::move(tensor.shape),
                                   data_.subspan(begin, end - begin)});
            }
        }
        return entries;
    }

private:
    void fault(const declared_tensor& tensor, std::string_view text) {
        faults_.add("tensor " + in_quotes(tensor.name).append(": ").append(text));
    }

    [[nodiscard]] bool inside(const declared_tensor& tensor) const noexcept {
        return tensor.offsets && tensor.offsets->first <= tensor.offsets->second
               && static_cast<std::uint64_t>(tensor.offsets->second) <= data_.size();
    }

    static std::string to_text(const std::pair<std::int64_t, std::int64_t>& offsets) {
        const std::int64_t both[] = {offsets.first, offsets.second};
        return to_string(both);
    }

    bool check_offsets(const declared_tensor& tensor) {
        if (!tensor.offsets) {
            return false;
        }
        if (tensor.offsets->first > tensor.offsets->second) {
            fault(tensor, "data_offsets: expected begin <= end, found " + to_text(*tensor.offsets));
        } else if (!inside(tensor)) {
            fault(tensor, "data_offsets: expected at most " + std::to_string(data_.size())
                              + ", the bytes of data in the file, found "
                              + to_text(*tensor.offsets));
        }
        return inside(tensor);
    }

    void check_size(const declared_tensor& tensor) {
        if (!tensor.type || !tensor.shape || !tensor.offsets
            || tensor.offsets->first > tensor.offsets->second) {
            return;
        }
        const std::string what =
            std::string(name(*tensor.type)).append(" ").append(to_string(*tensor.shape));
        const std::optional<std::size_t> expected = byte_size(*tensor.type, *tensor.shape);
        const auto found =
            static_cast<std::uint64_t>(tensor.offsets->second - tensor.offsets->first);
        if (!expected) {
            fault(tensor, "shape: the size of " + what + " is beyond 64 bits");
        } else if (*expected != found) {
            fault(tensor, "data_offsets: expected " + std::to_string(*expected) + " bytes for "
                              + what + ", found " + std::to_string(found));
        }
    }

    /// Tensors must follow one another and fill the data: two names for one byte, or bytes that
    /// nobody looks at, are how files smuggle.
    void check_cover(const std::vector<declared_tensor>& sorted, bool all_located) {
        std::uint64_t covered = 0;
        const declared_tensor* last = nullptr;
        for (const declared_tensor& tensor : sorted) {
            const auto begin = static_cast<std::uint64_t>(tensor.offsets->first);
            const auto end = static_cast<std::uint64_t>(tensor.offsets->second);
            if (begin < covered) {
                fault(tensor, "data_offsets: expected at least " + std::to_string(covered)
                                  + ", where tensor " + in_quotes(last->name) + " ends, found "
                                  + to_text(*tensor.offsets));
            } else if (begin > covered && all_located) {
                unclaimed(covered, begin);
            }
            if (end >= covered) {
                covered = end;
                last = &tensor;
            }
        }
        if (covered < data_.size() && all_located) {
            unclaimed(covered, data_.size());
        }
    }

    void unclaimed(std::uint64_t begin, std::uint64_t end) {
        faults_.add("data: bytes " + std::to_string(begin) + " to " + std::to_string(end)
                    + " belong to no tensor");
    }

    std::span<const std::byte> data_;
    fault_list& faults_;
};

}  // namespace detail

/// The tensors of one file; their bytes stay valid while this object, moved or not, lives.
class safetensors {
public:
    /// The limit of the format, which keeps a hostile length from costing memory.
    static constexpr std::uint64_t longest_header = 100'000'000;

    /// Maps a file; throws `load_error` with every fault unless all of it is in order.
    [[nodiscard]] static safetensors open(const std::string& path) {
        mapped_file file(path);
        safetensors result = parse(file.bytes(), path);
        result.file_ = std::move(file);
        return result;
    }

    /// Reads bytes that the caller keeps alive; `source` names them in the exception.
    [[nodiscard]] static safetensors parse(std::span<const std::byte> bytes,
                                           std::string_view source = "safetensors data") {
        fault_list faults;
        safetensors result;
        if (const std::optional<std::size_t> length = header_length(bytes, faults)) {
            const auto text = bytes.subspan(sizeof(std::uint64_t), *length);
            const auto data = bytes.subspan(sizeof(std::uint64_t) + *length);
            safetensors_header header = read_safetensors_header(
                {reinterpret_cast<const char*>(text.data()), text.size()}, faults);
            result.metadata_ = std::move(header.metadata);
            result.entries_ = detail::extent_checker(data, faults).check(std::move(header));
        }
        faults.throw_if_any(source);
        result.index();
        return result;
    }

    /// The tensor of this name, or null.
    [[nodiscard]] const tensor_entry* find(std::string_view name) const noexcept {
        const auto place = std::lower_bound(
            by_name_.begin(), by_name_.end(), name,
            [this](std::size_t i, std::string_view key) { return entries_[i].name < key; });
        const bool found = place != by_name_.end() && entries_[*place].name == name;
        return found ? &entries_[*place] : nullptr;
    }

    /// All tensors in the order of their bytes.
    [[nodiscard]] std::span<const tensor_entry> entries() const noexcept { return entries_; }

    /// The pairs of `__metadata__` in the order of the header.
    [[nodiscard]] std::span<const metadata_entry> metadata() const noexcept { return metadata_; }

    /// Takes the pages of `part` of an entry's bytes out of memory; they are read again when
    /// touched. Does nothing for bytes that the caller keeps.
    void release(std::span<const std::byte> part) const noexcept { file_.release(part); }

private:
    safetensors() = default;

    static std::optional<std::size_t> header_length(std::span<const std::byte> bytes,
                                                    fault_list& faults) {
        std::uint64_t length = 0;
        if (bytes.size() < sizeof(length)) {
            faults.add("header: expected its length in the first 8 bytes, found only "
                       + std::to_string(bytes.size()));
            return std::nullopt;
        }
        std::memcpy(&length, bytes.data(), sizeof(length));
        const std::uint64_t rest = bytes.size() - sizeof(length);
        if (length > longest_header || length > rest) {
            faults.add("header: expected a length of at most "
                       + std::to_string(std::min(longest_header, rest)) + " bytes, found "
                       + std::to_string(length));
            return std::nullopt;
        }
        if (length == 0 || bytes[sizeof(length)] != std::byte{'{'}) {
            faults.add("header: expected its first byte to be '{'");
            return std::nullopt;
        }
        return static_cast<std::size_t>(length);
    }

    void index() {
        by_name_.resize(entries_.size());
        for (std::size_t i = 0; i < by_name_.size(); ++i) {
            by_name_[i] = i;
        }
        std::sort(by_name_.begin(), by_name_.end(), [this](std::size_t a, std::size_t b) {
            return entries_[a].name < entries_[b].name;
        });
    }

    mapped_file file_;
    std::vector<tensor_entry> entries_;
    std::vector<std::size_t> by_name_;
    std::vector<metadata_entry> metadata_;
};

}  // namespace soma::io
