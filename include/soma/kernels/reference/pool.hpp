// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The definitions of the pools, in double.

#include <cstddef>
#include <limits>

#include <soma/kernels/geometry.hpp>
#include <soma/numeric/convert.hpp>

namespace soma::kernels::reference {

/// Calls `visit(output index, first row, first column, channel)` for every output of a pool.
template <class Visit>
void for_each_window(const pool_geometry& g, Visit visit) noexcept {
    std::size_t at = 0;
    for (int b = 0; b < g.batch; ++b) {
        for (int y = 0; y < g.out_h; ++y) {
            for (int x = 0; x < g.out_w; ++x) {
                for (int i = 0; i < g.pitch; ++i, ++at) {
                    visit(at, b, y * g.stride_h - g.pad_h, x * g.stride_w - g.pad_w, i);
                }
            }
        }
    }
}

/// The value at a position that may lie outside the image, given to `use` only when inside.
template <numeric_format In, class Use>
void for_each_tap(
    const pool_geometry& g, const In* in, int b, int top, int left, int channel, Use use) noexcept {
    for (int y = top; y < top + g.kernel_h; ++y) {
        for (int x = left; x < left + g.kernel_w; ++x) {
            if (y >= 0 && y < g.in_h && x >= 0 && x < g.in_w) {
                const auto pixel = static_cast<std::size_t>((b * g.in_h + y) * g.in_w + x);
                const auto at =
                    pixel * static_cast<std::size_t>(g.pitch) + static_cast<std::size_t>(channel);
                use(static_cast<double>(convert_to<float>(in[at])));
            }
        }
    }
}

/// Largest value of each window; padding never wins, NaN always does.
template <numeric_format In>
void max_pool(const pool_geometry& g, const In* in, double* out) noexcept {
    for_each_window(g, [&](std::size_t at, int b, int top, int left, int channel) {
        double largest = -std::numeric_limits<double>::infinity();
        for_each_tap(g, in, b, top, left, channel, [&](double value) {
            if (value > largest || value != value) {
                largest = value;
            }
        });
        out[at] = channel < g.c ? largest : 0.0;
    });
}

/// Mean of each window over its area in the image, with `count_include_pad` in the padded image.
template <numeric_format In>
void average_pool(const pool_geometry& g, const In* in, double* out) noexcept {
    const auto extent = [](int first, int length, int low, int high) {
        const int begin = first < low ? low : first;
        const int end = first + length > high ? high : first + length;
        return end - begin;
    };
    for_each_window(g, [&](std::size_t at, int b, int top, int left, int channel) {
        double sum = 0;
        for_each_tap(g, in, b, top, left, channel, [&](double value) { sum += value; });
        const int border_h = g.count_include_pad ? g.pad_h : 0;
        const int border_w = g.count_include_pad ? g.pad_w : 0;
        const int count = extent(top, g.kernel_h, -border_h, g.in_h + border_h)
                          * extent(left, g.kernel_w, -border_w, g.in_w + border_w);
        out[at] = channel < g.c ? sum / count : 0.0;
    });
}

/// Mean over all pixels of each image.
template <numeric_format In>
void global_average_pool(
    const In* in, int batch, int pixels, int c, int pitch, double* out) noexcept {
    for (int b = 0; b < batch; ++b) {
        for (int i = 0; i < pitch; ++i) {
            double sum = 0;
            for (int p = 0; p < pixels; ++p) {
                sum += static_cast<double>(convert_to<float>(in[(b * pixels + p) * pitch + i]));
            }
            *out++ = i < c ? sum / pixels : 0.0;
        }
    }
}

}  // namespace soma::kernels::reference
