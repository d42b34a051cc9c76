// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// How a kernel that the library does not know is called.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <soma/layers/extents.hpp>
#include <soma/numeric/format.hpp>

namespace soma {

/// A batch of activations as a custom kernel sees it: NHWC, `pitch` elements from pixel to pixel.
template <class T>
struct pixels {
    T* data = nullptr;
    int batch = 1, h = 1, w = 1, c = 1, pitch = 1;

    [[nodiscard]] constexpr T* at(int n, int y, int x) const noexcept {
        return data + ((static_cast<std::ptrdiff_t>(n) * h + y) * w + x) * pitch;
    }
    /// Pixels of the whole batch; they lie one after the other.
    [[nodiscard]] constexpr int count() const noexcept { return batch * h * w; }
};

/// Most learned tensors of a custom layer.
inline constexpr int max_custom_parameters = 4;

/// One call of a custom kernel; `parameters` are FP32 in the order the layer declares them.
struct custom_call {
    const void* in = nullptr;
    void* out = nullptr;
    int batch = 1;
    extents in_shape, out_shape;
    int in_pitch = 1, out_pitch = 1;
    const float* parameters[max_custom_parameters] = {};
};

/// A learned tensor of a custom layer: its name after the layer's, and how many numbers it holds.
struct custom_parameter {
    std::string_view name;
    int elements = 0;
};

/// A custom layer's kernel in each format that it supports, null elsewhere: "cast around it".
///
/// What null addresses would tell is said again in `supported`: while g++ instruments undefined
/// behaviour, it takes no comparison of addresses for a constant.
struct custom_kernel {
    void (*run[3])(const custom_call&) noexcept = {};
    bool supported[3] = {};

    [[nodiscard]] constexpr bool supports(format f) const noexcept {
        return supported[static_cast<int>(f)];
    }
};

}  // namespace soma
