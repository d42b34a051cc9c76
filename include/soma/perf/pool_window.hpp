// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The windows of a pooling as index ranges, for passes that walk them forwards or backwards.

#include <algorithm>
#include <cstddef>

#include <soma/perf/reference_network.hpp>

namespace soma::perf {

/// The part of a pooling window that lies in the image, and what an average divides by.
struct pool_window {
    int top = 0, bottom = 0, left = 0, right = 0;
    double divisor = 1;

    /// Calls `use(pixel)` row by row.
    template <class Use>
    void for_each_pixel(const extents& image, Use&& use) const {
        for (int y = top; y < bottom; ++y) {
            for (int x = left; x < right; ++x) {
                use(static_cast<std::size_t>(y * image.w + x));
            }
        }
    }
};

/// Calls `use(output pixel, window)` for every window of the pooling `n`.
template <class Use>
void for_each_window(const reference_node& n, Use&& use) {
    if (n.kind == op::global_average_pool) {
        const auto pixels = static_cast<double>(n.pixels_in());
        use(std::size_t{0}, pool_window{0, n.in.h, 0, n.in.w, pixels});
        return;
    }
    const auto border = [&](int pad) { return n.count_include_pad ? pad : 0; };
    const auto inside = [](int first, int length, int size, int pad) {
        return std::min(first + length, size + pad) - std::max(first, -pad);
    };
    std::size_t pixel = 0;
    for (int y = 0; y < n.out.h; ++y) {
        for (int x = 0; x < n.out.w; ++x, ++pixel) {
            const int top = y * n.win.stride_h - n.win.pad_h;
            const int left = x * n.win.stride_w - n.win.pad_w;
            const int counted = inside(top, n.win.kernel_h, n.in.h, border(n.win.pad_h))
                                * inside(left, n.win.kernel_w, n.in.w, border(n.win.pad_w));
            use(pixel, pool_window{std::max(top, 0), std::min(top + n.win.kernel_h, n.in.h),
                                   std::max(left, 0), std::min(left + n.win.kernel_w, n.in.w),
                                   static_cast<double>(counted)});
        }
    }
}

}  // namespace soma::perf
