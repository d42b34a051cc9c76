// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The sizes of a convolution or a pooling: what a kernel is told at run time and a plan knows at
/// compile time.

#include <cstdint>

#include <soma/numeric/format.hpp>

namespace soma::kernels {

/// Elements from one pixel to the next for `c` channels stored as `stored`.
///
/// BF16 multiplies pairs of neighbouring channels, so its pixels start on a pair.
[[nodiscard]] constexpr int pitch_of(int c, format stored) noexcept {
    return stored == format::bf16 ? c + c % 2 : c;
}

/// A two-dimensional convolution over activations stored as `[batch][h][w][pitch]`.
///
/// A linear layer is the 1x1 image: `batch` rows of `in_c` inputs, `out_c` outputs. A flattened
/// image followed by a linear layer is the kernel that covers the whole image.
struct conv_geometry {
    int batch = 1;
    int in_h = 1;
    int in_w = 1;
    int in_c = 1;
    int in_pitch = 1;
    int out_h = 1;
    int out_w = 1;
    int out_c = 1;
    int out_pitch = 1;
    int kernel_h = 1;
    int kernel_w = 1;
    int stride_h = 1;
    int stride_w = 1;
    int pad_h = 0;  ///< rows of zeros above the image; those below follow from `out_h`
    int pad_w = 0;  ///< columns of zeros left of the image; those right follow from `out_w`
    int dilation_h = 1;
    int dilation_w = 1;
    int groups = 1;

    /// Input channels that one output channel reads.
    [[nodiscard]] constexpr int group_in() const noexcept { return in_c / groups; }
    /// Output channels of one group.
    [[nodiscard]] constexpr int group_out() const noexcept { return out_c / groups; }
    /// Positions of the kernel window.
    [[nodiscard]] constexpr int taps() const noexcept { return kernel_h * kernel_w; }
    /// Output pixels of all images.
    [[nodiscard]] constexpr int pixels() const noexcept { return batch * out_h * out_w; }
    /// Whether each channel is convolved alone, with one output each.
    [[nodiscard]] constexpr bool depthwise() const noexcept {
        return groups > 1 && groups == in_c && groups == out_c;
    }
    /// Multiplications counted with padding as work.
    [[nodiscard]] constexpr std::int64_t macs() const noexcept {
        return std::int64_t{pixels()} * out_c * group_in() * taps();
    }

    friend constexpr bool operator==(const conv_geometry&, const conv_geometry&) = default;
};

/// A linear layer of `rows` samples as a convolution, with the pitches of the given formats.
[[nodiscard]] constexpr conv_geometry linear_geometry(
    int rows, int inputs, int outputs, format operand, format result) noexcept {
    conv_geometry g;
    g.batch = rows;
    g.in_c = inputs;
    g.in_pitch = pitch_of(inputs, operand);
    g.out_c = outputs;
    g.out_pitch = pitch_of(outputs, result);
    return g;
}

/// A two-dimensional pooling over activations stored as `[batch][h][w][pitch]`.
struct pool_geometry {
    int batch = 1;
    int in_h = 1;
    int in_w = 1;
    int c = 1;
    int pitch = 1;  ///< of the input and of the output
    int out_h = 1;
    int out_w = 1;
    int kernel_h = 1;
    int kernel_w = 1;
    int stride_h = 1;
    int stride_w = 1;
    int pad_h = 0;
    int pad_w = 0;
    bool count_include_pad = true;  ///< whether an average divides by the whole window

    friend constexpr bool operator==(const pool_geometry&, const pool_geometry&) = default;
};

}  // namespace soma::kernels
