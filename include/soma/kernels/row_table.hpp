// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Where the rows of a tile start: the indirection that lets one kernel serve every convolution.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <soma/base/math.hpp>
#include <soma/kernels/border.hpp>
#include <soma/kernels/geometry.hpp>
#include <soma/kernels/part.hpp>
#include <soma/kernels/tile_job.hpp>
#include <soma/kernels/tiling.hpp>

namespace soma::kernels {

/// How windows that lie inside their image are cut into runs of consecutive elements.
struct segmentation {
    int rows;     ///< segments along the kernel's height
    int columns;  ///< segments along its width
    int length;   ///< elements of a segment

    [[nodiscard]] constexpr int count() const noexcept { return rows * columns; }
};

/// One segment per tap.
[[nodiscard]] constexpr segmentation tap_segments(const conv_geometry& g) noexcept {
    return {g.kernel_h, g.kernel_w, g.depthwise() ? g.in_c : g.group_in()};
}

/// As few segments as pixels without gaps between them allow: a kernel row each, or the whole
/// kernel where it is as wide as the image. The packed weights are the same, and so is the order.
template <numeric_format T>
[[nodiscard]] constexpr segmentation fold_row_taps(const conv_geometry& g) noexcept {
    const bool gapless = g.groups == 1 && g.dilation_w == 1 && g.in_pitch == packed_depth<T>(g);
    if (!gapless || g.taps() == 1) {
        return tap_segments(g);
    }
    if (g.in_w == g.kernel_w && g.dilation_h == 1) {
        return {1, 1, g.taps() * g.in_pitch};
    }
    return {g.kernel_h, 1, g.kernel_w * g.in_pitch};
}

/// Channels of the row of zeros that stands for pixels outside the image, if there are any.
[[nodiscard]] constexpr int padded_channels(const conv_geometry& g) noexcept {
    for (const pixel_rect& rect : border_rects(g)) {
        if (rect.padded && rect.pixels() > 0) {
            return g.in_c;
        }
    }
    return 0;
}

/// Bytes of scratch memory that a `row_table` needs.
template <numeric_format T>
[[nodiscard]] constexpr std::size_t row_table_bytes(const conv_geometry& g) noexcept {
    const auto taps = static_cast<std::size_t>(g.taps());
    const auto zeros = static_cast<std::size_t>(padded_channels(g)) * sizeof(T);
    return taps * row_pitch * sizeof(const T*) + round_up(taps * sizeof(int), 64U)
           + round_up(zeros, 64U);
}

/// Walks the pixels of a rectangle and points at the input runs that each tile of them reads.
template <numeric_format T>
class row_table {
public:
    /// \pre `scratch` is a multiple of 64 and holds `row_table_bytes`.
    row_table(const conv_geometry& g, const T* in, std::byte* scratch) noexcept
        : g_(g),
          in_(in),
          folded_(fold_row_taps<T>(g)),
          rows_(reinterpret_cast<const T**>(scratch)),
          taps_(reinterpret_cast<int*>(rows_ + std::ptrdiff_t{g.taps()} * row_pitch)) {
        const std::size_t taps = static_cast<std::size_t>(g.taps());
        std::byte* const zeros =
            reinterpret_cast<std::byte*>(taps_) + round_up(taps * sizeof(int), 64U);
        zeros_ = reinterpret_cast<const T*>(zeros);
        std::memset(zeros, 0, static_cast<std::size_t>(padded_channels(g)) * sizeof(T));
    }

    /// Goes to pixel `pixel` of `rect`, counted image by image. \pre `rect` is not empty.
    void start(const pixel_rect& rect, int first_channel, int pixel = 0) noexcept {
        rect_ = rect;
        first_channel_ = first_channel;
        const int within = pixel % rect.pixels();
        n_ = pixel / rect.pixels();
        y_ = rect.y_begin + within / rect.width();
        start_row();
        x_ += within % rect.width();
        left_ += within % rect.width() * g_.stride_w;
        pixel_ += std::ptrdiff_t{within % rect.width()} * g_.out_pitch;
        window_ += within % rect.width() * pixel_step();
        length_ = rect.padded ? tap_segments(g_).length : folded_.length;
        segments_ = folded_.count();
        for (int s = 0; s < segments_; ++s) {
            taps_[s] = s;
        }
    }

    /// Fills the table for the next `mr` pixels.
    void advance(int mr) noexcept {
        if (rect_.padded) {
            fill_padded(mr);
        } else if (mr <= row_pitch / 2) {
            fill_inner<row_pitch / 2>(mr);
        } else {
            fill_inner<row_pitch>(mr);
        }
    }

    [[nodiscard]] const T* const* rows() const noexcept { return rows_; }
    [[nodiscard]] const int* taps() const noexcept { return taps_; }
    [[nodiscard]] int segments() const noexcept { return segments_; }
    /// Elements of each segment.
    [[nodiscard]] int length() const noexcept { return length_; }
    /// Whether windows of the present tile may reach outside their image.
    [[nodiscard]] bool padded() const noexcept { return rect_.padded; }
    /// Where the next tile reads what the present one does not: the last row of its first window.
    /// An address to prefetch from, which may lie outside the image.
    [[nodiscard]] std::uintptr_t upcoming() const noexcept {
        const address down = address{g_.dilation_h} * g_.in_w * g_.in_pitch * element;
        return static_cast<std::uintptr_t>(window_ + (g_.kernel_h - 1) * down);
    }
    /// Offset in the output of the pixel after the tile.
    [[nodiscard]] std::ptrdiff_t next_pixel() const noexcept { return pixel_; }
    /// Offsets of the pixels in the output.
    [[nodiscard]] const std::ptrdiff_t* pixels() const noexcept { return pixels_.data(); }

private:
    // Addresses are integers until a row is known to be read: windows reach outside the image.
    using address = std::intptr_t;
    static constexpr auto element = static_cast<address>(sizeof(T));

    [[nodiscard]] address pixel_step() const noexcept {
        return address{g_.stride_w} * g_.in_pitch * element;
    }

    void start_row() noexcept {
        x_ = rect_.x_begin;
        top_ = y_ * g_.stride_h - g_.pad_h;
        left_ = x_ * g_.stride_w - g_.pad_w;
        pixel_ = ((std::ptrdiff_t{n_} * g_.out_h + y_) * g_.out_w + x_) * g_.out_pitch;
        window_ =
            reinterpret_cast<address>(in_)
            + (((address{n_} * g_.in_h + top_) * g_.in_w + left_) * g_.in_pitch + first_channel_)
                  * element;
    }

    void step(int pixels) noexcept {
        x_ += pixels;
        left_ += pixels * g_.stride_w;
        pixel_ += std::ptrdiff_t{pixels} * g_.out_pitch;
        window_ += pixels * pixel_step();
        if (x_ == rect_.x_end) {
            if (++y_ == rect_.y_end) {
                y_ = rect_.y_begin;
                ++n_;
            }
            start_row();
        }
    }

    /// Windows inside their image. `Count` entries are written, of which `mr` will be read, so that
    /// a handful of vector stores does it: with few channels a tile's table costs as its products.
    template <int Count>
    void fill_inner(int mr) noexcept {
        std::array<address, std::size_t{Count}> windows;
        if (rect_.x_end - x_ >= mr) {
            for (int m = 0; m < Count; ++m) {
                pixels_[static_cast<std::size_t>(m)] = pixel_ + std::ptrdiff_t{m} * g_.out_pitch;
                windows[static_cast<std::size_t>(m)] = window_ + m * pixel_step();
            }
            step(mr);
        } else {
            windows.fill(window_);
            for (int m = 0; m < mr; ++m) {
                pixels_[static_cast<std::size_t>(m)] = pixel_;
                windows[static_cast<std::size_t>(m)] = window_;
                step(1);
            }
        }
        const address down = address{g_.dilation_h} * g_.in_w * g_.in_pitch * element;
        const address right = address{g_.dilation_w} * g_.in_pitch * element;
        const T** to = rows_;
        address row_offset = 0;
        for (int r = 0; r < folded_.rows; ++r) {
            address offset = row_offset;
            for (int c = 0; c < folded_.columns; ++c) {
                for (int m = 0; m < Count; ++m) {
                    to[m] =
                        reinterpret_cast<const T*>(windows[static_cast<std::size_t>(m)] + offset);
                }
                to += row_pitch;
                offset += right;
            }
            row_offset += down;
        }
    }

    /// Windows that may reach outside: a tap that is outside for all pixels is left out, and for
    /// some of them reads zeros.
    void fill_padded(int mr) noexcept {
        std::array<address, row_pitch> windows;
        std::array<int, row_pitch> tops;
        std::array<int, row_pitch> lefts;
        for (int m = 0; m < mr; ++m) {
            const auto i = static_cast<std::size_t>(m);
            pixels_[i] = pixel_;
            windows[i] = window_;
            tops[i] = top_;
            lefts[i] = left_;
            step(1);
        }
        const address down = address{g_.dilation_h} * g_.in_w * g_.in_pitch * element;
        const address right = address{g_.dilation_w} * g_.in_pitch * element;
        segments_ = 0;
        for (int ky = 0; ky < g_.kernel_h; ++ky) {
            for (int kx = 0; kx < g_.kernel_w; ++kx) {
                const T** const to = rows_ + std::ptrdiff_t{segments_} * row_pitch;
                const address offset = ky * down + kx * right;
                bool any = false;
                for (int m = 0; m < mr; ++m) {
                    const auto i = static_cast<std::size_t>(m);
                    const auto y = static_cast<unsigned>(tops[i] + ky * g_.dilation_h);
                    const auto x = static_cast<unsigned>(lefts[i] + kx * g_.dilation_w);
                    const bool inside =
                        y < static_cast<unsigned>(g_.in_h) && x < static_cast<unsigned>(g_.in_w);
                    any = any || inside;
                    to[m] = inside ? reinterpret_cast<const T*>(windows[i] + offset) : zeros_;
                }
                if (any) {
                    taps_[segments_++] = ky * g_.kernel_w + kx;
                }
            }
        }
    }

    conv_geometry g_;
    const T* in_;
    segmentation folded_;
    const T** rows_;
    int* taps_;
    const T* zeros_;
    pixel_rect rect_{};
    int first_channel_ = 0;
    int n_ = 0;
    int y_ = 0;
    int x_ = 0;
    int top_ = 0;  ///< of the current window
    int left_ = 0;
    std::ptrdiff_t pixel_ = 0;  ///< offset of the current pixel in the output
    address window_ = 0;        ///< of the current window's first element
    int length_ = 0;
    int segments_ = 0;
    std::array<std::ptrdiff_t, row_pitch> pixels_{};
};

}  // namespace soma::kernels
