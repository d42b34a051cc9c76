// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Maximum and mean over windows of an image, each channel on its own.
///
/// A window's pixels are visited row by row in every schedule and on every instruction set, so the
/// bits of a mean depend on nothing else. Pad lanes are written zero.

#include <array>
#include <cstddef>
#include <limits>

#include <soma/base/math.hpp>
#include <soma/base/unroll.hpp>
#include <soma/kernels/access.hpp>
#include <soma/kernels/geometry.hpp>
#include <soma/kernels/unit_range.hpp>
#include <soma/simd/mask.hpp>
#include <soma/simd/vec.hpp>

namespace soma::kernels {

namespace detail {

/// The pixels of one window that lie inside the image.
template <class In>
struct pool_window {
    const In* first;  ///< channel 0 of the top left pixel
    int rows;
    int columns;
    std::ptrdiff_t row_step;  ///< elements from one row to the next
    int pitch;
};

/// A run of registers.
template <class Isa, int Count>
using registers_of = std::array<simd::vec<Isa>, static_cast<std::size_t>(Count)>;

/// Folds `Registers` neighbouring registers of channels over a window.
template <class Isa, int Registers, class Access, class In, class Fold>
[[nodiscard]] SOMA_ALWAYS_INLINE registers_of<Isa, Registers> fold_window(
    const pool_window<In>& window, int channel, Access access, Fold fold) noexcept {
    registers_of<Isa, Registers> result;
    unroll<Registers>([&](auto r) { result[r] = fold.start(); });
    const In* row = window.first + channel;
    for (int y = 0; y < window.rows; ++y, row += window.row_step) {
        const In* pixel = row;
        for (int x = 0; x < window.columns; ++x, pixel += window.pitch) {
            unroll<Registers>([&](auto r) {
                result[r] = fold.step(result[r], access.load(pixel + r * Isa::lanes));
            });
        }
    }
    return result;
}

/// Writes one output pixel: `fold` over the window for each of `c` channels, then `pad` zeros.
template <class Isa, class In, class Out, class Fold>
SOMA_ALWAYS_INLINE void pool_pixel(
    const pool_window<In>& window, int c, int pad, Out* out, Fold fold) noexcept {
    constexpr int lanes = Isa::lanes;
    constexpr int registers = 4;  // as many chains as one addition takes cycles
    constexpr whole_access<Isa> whole;
    int channel = 0;
    for (; channel + registers * lanes <= c; channel += registers * lanes) {
        const auto result = fold_window<Isa, registers>(window, channel, whole, fold);
        unroll<registers>(
            [&](auto r) { whole.store(fold.finish(result[r]), out + channel + r * lanes); });
    }
    for (; channel + lanes <= c; channel += lanes) {
        const auto result = fold_window<Isa, 1>(window, channel, whole, fold);
        whole.store(fold.finish(result[0]), out + channel);
    }
    if (channel < c) {
        const partial_access<Isa> part{c - channel};
        const auto result = fold_window<Isa, 1>(window, channel, part, fold);
        part.store(fold.finish(result[0]), out + channel);
    }
    clear_pad_lanes(out, c, c + pad);
}

/// Largest value; NaN once seen stays.
template <class Isa>
struct largest_fold {
    using vec = simd::vec<Isa>;

    [[nodiscard]] SOMA_ALWAYS_INLINE vec start() const noexcept {
        return vec(-std::numeric_limits<float>::infinity());
    }
    [[nodiscard]] SOMA_ALWAYS_INLINE vec step(vec sum, vec value) const noexcept {
        return max_or_nan(sum, value);
    }
    [[nodiscard]] SOMA_ALWAYS_INLINE vec finish(vec sum) const noexcept { return sum; }
};

/// Sum divided by a count: one rounding less than its product with the count's reciprocal.
template <class Isa>
struct mean_fold {
    using vec = simd::vec<Isa>;

    vec count;

    [[nodiscard]] SOMA_ALWAYS_INLINE vec start() const noexcept { return simd::zero<Isa>(); }
    [[nodiscard]] SOMA_ALWAYS_INLINE vec step(vec sum, vec value) const noexcept {
        return sum + value;
    }
    [[nodiscard]] SOMA_ALWAYS_INLINE vec finish(vec sum) const noexcept { return sum / count; }
};

/// A window's extent along one axis.
struct pool_span {
    int begin;
    int end;
    int padded;  ///< positions that lie in the image or in its padding

    /// The window at output position `at`.
    [[nodiscard]] static constexpr pool_span of(
        int at, int stride, int pad, int kernel, int image) noexcept {
        const int first = at * stride - pad;
        const int last = first + kernel;
        return {first < 0 ? 0 : first, last < image ? last : image,
                (last < image + pad ? last : image + pad) - first};
    }
};

/// Calls `write(window, padded positions, out pixel)` for each output pixel of `rows`, those of all
/// images in order, in memory order.
template <class In, class Out, class Write>
SOMA_ALWAYS_INLINE void for_each_window(
    const pool_geometry& g, const In* in, Out* out, const unit_range& rows, Write write) noexcept {
    const auto pitch = static_cast<std::ptrdiff_t>(g.pitch);
    const std::ptrdiff_t row_step = g.in_w * pitch;
    const unit_range own = rows.within(g.batch * g.out_h);
    out += own.first * (g.out_w * pitch);
    for_each_image(own, g.out_h, [&](int b, int first, int last) {
        const In* const image = in + b * (g.in_h * row_step);
        for (int y = first; y < last; ++y) {
            const pool_span down = pool_span::of(y, g.stride_h, g.pad_h, g.kernel_h, g.in_h);
            for (int x = 0; x < g.out_w; ++x, out += pitch) {
                const pool_span across = pool_span::of(x, g.stride_w, g.pad_w, g.kernel_w, g.in_w);
                const pool_window<In> window{image + down.begin * row_step + across.begin * pitch,
                                             down.end - down.begin, across.end - across.begin,
                                             row_step, g.pitch};
                write(window, down.padded * across.padded, out);
            }
        }
    });
}

}  // namespace detail

/// Largest value of each window. Padding never wins, NaN always does.
///
/// Computes the output rows `rows` of all images in order.
template <class Isa, class In, class Out>
void max_pool(const pool_geometry& g,
              const In* in,
              Out* out,
              const unit_range& rows = {}) noexcept {
    detail::for_each_window(g, in, out, rows, [&](const auto& window, int, Out* pixel) {
        detail::pool_pixel<Isa>(window, g.c, g.pitch - g.c, pixel, detail::largest_fold<Isa>{});
    });
}

/// Mean of each window: over its pixels in the image, or with `count_include_pad` over those in
/// the image and in padding as wide on all sides as at the top and at the left.
///
/// Computes the output rows `rows` of all images in order.
template <class Isa, class In, class Out>
void average_pool(const pool_geometry& g,
                  const In* in,
                  Out* out,
                  const unit_range& rows = {}) noexcept {
    detail::for_each_window(g, in, out, rows, [&](const auto& window, int padded, Out* pixel) {
        const int count = g.count_include_pad ? padded : window.rows * window.columns;
        const simd::vec<Isa> divisor(static_cast<float>(count));
        detail::pool_pixel<Isa>(window, g.c, g.pitch - g.c, pixel, detail::mean_fold<Isa>{divisor});
    });
}

/// Channels of a unit of `global_average_pool`: as many as it folds at once on the widest
/// registers, and whole cache lines in every format.
inline constexpr int pooled_channels = 64;

/// Mean over the `pixels` of each image; `out` is `[batch][pitch]`.
///
/// Computes the groups of `pooled_channels` channels `groups`, those of all images in order.
template <class Isa, class In, class Out>
void global_average_pool(const In* in,
                         int batch,
                         int pixels,
                         int c,
                         int pitch,
                         Out* out,
                         const unit_range& groups = {}) noexcept {
    const auto step = static_cast<std::ptrdiff_t>(pitch);
    const int all = ceil_div(c, pooled_channels);
    const detail::mean_fold<Isa> mean{simd::vec<Isa>(static_cast<float>(pixels))};
    for_each_image(groups.within(batch * all), all, [&](int b, int first, int last) {
        const int from = first * pooled_channels;
        const int to = last == all ? c : last * pooled_channels;
        const detail::pool_window<In> window{in + b * pixels * step + from, 1, pixels,
                                             pixels * step, pitch};
        detail::pool_pixel<Isa>(window, to - from, to == c ? pitch - c : 0, out + b * step + from,
                                mean);
    });
}

}  // namespace soma::kernels
