// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Times in a fixed number of classes, for percentiles without memory of each time.

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace soma {

/// Counts times from a nanosecond to hours; each class is at most 1/16 wide, so a percentile is at
/// most that much too high, and never too low. Recording allocates nothing.
class latency_histogram {
public:
    void record(std::chrono::nanoseconds time) noexcept {
        const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0));
        ++classes_[class_of(ns)];
        ++count_;
        sum_ = ns > highest_sum - sum_ ? highest_sum : sum_ + ns;
        highest_ = std::max(highest_, ns);
    }

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
    /// All times together, exact up to 292 years and no more than that.
    [[nodiscard]] std::chrono::nanoseconds sum() const noexcept {
        return std::chrono::nanoseconds(sum_);
    }
    [[nodiscard]] std::chrono::nanoseconds highest() const noexcept {
        return std::chrono::nanoseconds(highest_);
    }

    /// The time that a share `p` of all times does not exceed, `p` in (0, 1]; zero if there is
    /// none.
    [[nodiscard]] std::chrono::nanoseconds percentile(double p) const noexcept {
        const double wanted = p * static_cast<double>(count_);
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < classes_.size(); ++i) {
            seen += classes_[i];
            if (seen > 0 && static_cast<double>(seen) >= wanted) {
                return std::chrono::nanoseconds(std::min(highest_in(i), highest_));
            }
        }
        return highest();
    }

    /// The longest time in the class of `time`.
    [[nodiscard]] static constexpr std::chrono::nanoseconds class_end(
        std::chrono::nanoseconds time) noexcept {
        const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0));
        return std::chrono::nanoseconds(std::min(highest_in(class_of(ns)), highest_sum));
    }

    /// How many times are in classes that end at or before `bound`: those of at most `bound`, if it
    /// is itself a `class_end`.
    [[nodiscard]] std::uint64_t count_up_to(std::chrono::nanoseconds bound) const noexcept {
        if (bound < std::chrono::nanoseconds::zero()) {
            return 0;
        }
        const auto last = class_of(static_cast<std::uint64_t>(bound.count()));
        const std::size_t whole = class_end(bound) == bound ? last + 1 : last;
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < whole; ++i) {
            seen += classes_[i];
        }
        return seen;
    }

private:
    static constexpr int fraction_bits = 4;
    static constexpr std::size_t per_octave = std::size_t{1} << fraction_bits;
    static constexpr std::size_t octaves = 45;  // 2^48 ns are three days
    static constexpr std::uint64_t highest_sum = std::numeric_limits<std::int64_t>::max();

    static constexpr std::size_t class_of(std::uint64_t ns) noexcept {
        if (ns < per_octave) {
            return static_cast<std::size_t>(ns);
        }
        const int shift = static_cast<int>(std::bit_width(ns)) - 1 - fraction_bits;
        const std::size_t i =
            static_cast<std::size_t>(shift) * per_octave + static_cast<std::size_t>(ns >> shift);
        return std::min(i, octaves * per_octave - 1);
    }
    static constexpr std::uint64_t highest_in(std::size_t i) noexcept {
        if (i < per_octave) {
            return i;
        }
        if (i == octaves * per_octave - 1) {
            return ~std::uint64_t{0};  // whatever is higher
        }
        const std::size_t shift = i / per_octave - 1;
        return ((i - shift * per_octave + 1) << shift) - 1;
    }
    std::array<std::uint64_t, octaves * per_octave> classes_{};
    std::uint64_t count_ = 0;
    std::uint64_t sum_ = 0;
    std::uint64_t highest_ = 0;
};

}  // namespace soma
