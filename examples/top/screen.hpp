// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The terminal that frames are drawn on.

#include <chrono>
#include <vector>

#include "top/frame.hpp"

namespace top {

/// Whether the environment's locale is of UTF-8. Sets the program's character set to it.
[[nodiscard]] bool unicode_locale();

enum class key { none, quit, up, down, resized };

/// Takes the terminal over and gives it back as it was. One at a time.
class screen {
public:
    /// \throws std::runtime_error if the terminal is unknown or cannot move its cursor
    explicit screen(bool colours);
    screen(const screen&) = delete;
    screen& operator=(const screen&) = delete;
    ~screen();

    [[nodiscard]] look size() const;

    /// Shows the lines from `first` on, and `footer` in the last row. Returns how many lines there
    /// was no room for.
    int draw(const std::vector<line>& lines, int first, const line& footer);

    /// Waits for a key, and no longer than `most`.
    [[nodiscard]] key wait(std::chrono::milliseconds most);

private:
    bool unicode_;
};

}  // namespace top
