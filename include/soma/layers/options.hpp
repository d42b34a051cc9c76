// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The named options of layers: `conv2d<"conv1", 64, 7, stride<2>, padding<3>>`.
///
/// An option is an empty type that edits a `layer_options`; a layer takes any number, in any order.

#include <concepts>

#include <soma/base/text.hpp>
#include <soma/layers/fault.hpp>
#include <soma/layers/node.hpp>

namespace soma {

/// What the options of one layer add up to.
struct layer_options {
    window win;
    int groups = 1;
    bool bias = false;
    int in_channels = 0;  ///< 0: whatever the input has
    bool count_include_pad = true;
    bool each_token = false;
};

template <class T>
concept layer_option = requires(layer_options& o) { T::apply(o); };

/// Pixels from one window to the next.
template <int H, int W = H>
struct stride {
    static constexpr void apply(layer_options& o) noexcept {
        o.win.stride_h = H;
        o.win.stride_w = W;
    }
};

/// Zero pixels added on each side.
template <int H, int W = H>
struct padding {
    static constexpr void apply(layer_options& o) noexcept {
        o.win.pad_h = H;
        o.win.pad_w = W;
    }
};

/// Pixels from one tap of a window to the next.
template <int H, int W = H>
struct dilation {
    static constexpr void apply(layer_options& o) noexcept {
        o.win.dilation_h = H;
        o.win.dilation_w = W;
    }
};

/// A window that is not square; overrides the layer's own size.
template <int H, int W>
struct kernel_size {
    static constexpr void apply(layer_options& o) noexcept {
        o.win.kernel_h = H;
        o.win.kernel_w = W;
    }
};

/// Channels are split into `Count` groups that do not see each other.
template <int Count>
struct groups {
    static constexpr void apply(layer_options& o) noexcept { o.groups = Count; }
};

/// The channels or features that the layer was trained on; another number is a compile error.
template <int Count>
struct in_channels {
    static constexpr void apply(layer_options& o) noexcept { o.in_channels = Count; }
};

/// The layer has a `bias` tensor (linear layers do unless told otherwise, convolutions do not).
struct with_bias {
    static constexpr void apply(layer_options& o) noexcept { o.bias = true; }
};
struct no_bias {
    static constexpr void apply(layer_options& o) noexcept { o.bias = false; }
};

/// Average pools divide by the pixels inside the image only.
struct exclude_padding {
    static constexpr void apply(layer_options& o) noexcept { o.count_include_pad = false; }
};

/// A linear layer reads the features of each token (of each pixel) by itself.
struct each_token {
    static constexpr void apply(layer_options& o) noexcept { o.each_token = true; }
};

namespace layers::detail {

/// Applies `Options` on top of what the layer starts from.
template <layer_option... Options>
[[nodiscard]] constexpr layer_options with_options(layer_options start) noexcept {
    (Options::apply(start), ...);
    return start;
}

/// A member of a window that is out of range, and the least that it may be.
struct window_fault {
    std::string_view member;  ///< empty when all are sound
    int least = 0, h = 0, w = 0;
};

/// The first member of `w` that is out of range.
[[nodiscard]] constexpr window_fault unsound(const window& w) noexcept {
    if (w.kernel_h < 1 || w.kernel_w < 1) {
        return {"kernel", 1, w.kernel_h, w.kernel_w};
    }
    if (w.stride_h < 1 || w.stride_w < 1) {
        return {"stride", 1, w.stride_h, w.stride_w};
    }
    if (w.dilation_h < 1 || w.dilation_w < 1) {
        return {"dilation", 1, w.dilation_h, w.dilation_w};
    }
    if (w.pad_h < 0 || w.pad_w < 0) {
        return {"padding", 0, w.pad_h, w.pad_w};
    }
    return {};
}

/// Output shape of a window over `in`; a fault when the window is unsound or does not fit.
template <class Graph>
[[nodiscard]] constexpr extents window_output(
    Graph& g, std::string_view layer_name, const window& w, extents in, int c) noexcept {
    if (const window_fault wrong = unsound(w); !wrong.member.empty()) {
        g.fail(fault::argument, layer_name,
               text<40>{wrong.member}.append(" of ").append(wrong.least).append(" or more").view(),
               text<40>{}.append(wrong.h).append("x").append(wrong.w).view());
        return {c, 1, 1};
    }
    const extents out{c, w.out_h(in.h), w.out_w(in.w)};
    if (out.h < 1 || out.w < 1) {
        text<60> wanted{"at least "};
        wanted.append(w.dilation_h * (w.kernel_h - 1) + 1 - 2 * w.pad_h).append("x");
        wanted.append(w.dilation_w * (w.kernel_w - 1) + 1 - 2 * w.pad_w).append(" pixels");
        g.fail(fault::window, layer_name, wanted.view(),
               text<40>{}.append(in.h).append("x").append(in.w).append(" pixels").view());
        return {c, 1, 1};
    }
    return out;
}

}  // namespace layers::detail

}  // namespace soma
