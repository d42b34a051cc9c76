// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A run of the units - rows, pixels, groups of channels - that a kernel without weights computes.

#include <limits>

namespace soma::kernels {

/// Units `[first, last)`, counted through all images in order. The default is all of them.
struct unit_range {
    static constexpr int all = std::numeric_limits<int>::max();

    int first = 0;
    int last = all;

    /// The range with its end at `count` at most.
    [[nodiscard]] constexpr unit_range within(int count) const noexcept {
        return {first, last < count ? last : count};
    }
    [[nodiscard]] constexpr int count() const noexcept { return last - first; }

    friend constexpr bool operator==(const unit_range&, const unit_range&) = default;
};

/// Calls `f(image, first unit, last unit)` for what `range` holds of each image of `units` units.
template <class F>
constexpr void for_each_image(const unit_range& range, int units, F&& f) {
    for (int at = range.first; at < range.last;) {
        const int image = at / units;
        const int end = range.last < (image + 1) * units ? range.last : (image + 1) * units;
        f(image, at - image * units, end - image * units);
        at = end;
    }
}

}  // namespace soma::kernels
