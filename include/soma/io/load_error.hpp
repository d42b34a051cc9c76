// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// `load_error`: everything that is wrong with a file, in one exception.

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace soma::io {

/// Bytes from outside broke a rule; `what()` names the source and lists every fault.
class load_error : public std::runtime_error {
public:
    load_error(std::string_view source, std::vector<std::string> faults)
        : std::runtime_error(sentence(source, faults)),
          faults_(std::make_shared<const std::vector<std::string>>(std::move(faults))) {}

    /// One sentence for each fault: where it is, what was expected, what was found.
    [[nodiscard]] const std::vector<std::string>& faults() const noexcept { return *faults_; }

private:
    static std::string sentence(std::string_view source, const std::vector<std::string>& faults) {
        std::string text(source);
        if (faults.size() == 1) {
            return text.append(": ").append(faults.front());
        }
        text.append(": ").append(std::to_string(faults.size())).append(" faults");
        for (const std::string& fault : faults) {
            text.append("\n  ").append(fault);
        }
        return text;
    }

    // Shared, because copying an exception must not throw.
    std::shared_ptr<const std::vector<std::string>> faults_;
};

/// Collects faults while a reader goes on reading.
class fault_list {
public:
    /// A file with more faults than this is not worth reading on.
    static constexpr std::size_t most = 1000;

    void add(std::string fault) {
        if (faults_.size() < most) {
            faults_.push_back(std::move(fault));
        }
    }

    [[nodiscard]] bool empty() const noexcept { return faults_.empty(); }
    [[nodiscard]] bool full() const noexcept { return faults_.size() == most; }

    /// Throws `load_error` unless there is nothing to report.
    void throw_if_any(std::string_view source) {
        if (faults_.empty()) {
            return;
        }
        if (full()) {
            faults_.push_back("the reader stopped here; there may be more faults");
        }
        throw load_error(source, std::move(faults_));
    }

private:
    std::vector<std::string> faults_;
};

/// A name from a file in quotes, cut to a readable length and with its control bytes escaped.
[[nodiscard]] inline std::string in_quotes(std::string_view name) {
    constexpr std::size_t longest = 120;
    constexpr std::string_view hex = "0123456789abcdef";
    std::string text = "\"";
    for (const char c : name.substr(0, longest)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7F) {
            text.append("\\x").append(1, hex[byte >> 4]).append(1, hex[byte & 15u]);
        } else {
            text.append(1, c);
        }
    }
    return text.append(name.size() > longest ? "...\"" : "\"");
}

}  // namespace soma::io
