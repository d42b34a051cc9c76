// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Weights and biases in the order in which kernels read them.

#include <cstddef>

#include <soma/base/math.hpp>
#include <soma/kernels/geometry.hpp>
#include <soma/kernels/tiling.hpp>
#include <soma/numeric/convert.hpp>
#include <soma/numeric/format.hpp>
#include <soma/simd/isa.hpp>

namespace soma::kernels {

/// Floats of a packed bias: each group's, padded to whole vectors.
template <simd::instruction_set Isa>
[[nodiscard]] constexpr std::size_t packed_bias_elements(const conv_geometry& g) noexcept {
    if (g.depthwise()) {
        return static_cast<std::size_t>(round_up(g.out_c, Isa::lanes));
    }
    return static_cast<std::size_t>(g.groups)
           * static_cast<std::size_t>(round_up(g.group_out(), Isa::lanes));
}

/// Elements of packed weights.
template <simd::instruction_set Isa, numeric_format T>
[[nodiscard]] constexpr std::size_t packed_elements(const conv_geometry& g) noexcept {
    return packed_bias_elements<Isa>(g)
           * static_cast<std::size_t>(g.depthwise() ? g.taps() : panel_depth<Isa, T>(g));
}

namespace detail {

/// Elements of one group's packed weights.
template <simd::instruction_set Isa, numeric_format T>
[[nodiscard]] constexpr std::size_t group_elements(const conv_geometry& g) noexcept {
    return packed_elements<Isa, T>(g) / static_cast<std::size_t>(g.groups);
}

}  // namespace detail

/// Writes weights given as `[out][in / groups][kernel_h][kernel_w]`, rounded to `T`.
///
/// The order is `[group][panel][tap][channel][column]`, for BF16 with pairs of channels innermost:
/// what the inner loop reads is consecutive. Padding is zero. Depthwise is `[tap][channel]`.
template <simd::instruction_set Isa, numeric_format T>
void pack_conv(const conv_geometry& g, const float* weights, T* packed) noexcept {
    const std::size_t total = packed_elements<Isa, T>(g);
    for (std::size_t i = 0; i < total; ++i) {
        packed[i] = T{};
    }
    const auto taps = static_cast<std::size_t>(g.taps());
    if (g.depthwise()) {
        const std::size_t pitch = packed_bias_elements<Isa>(g);
        for (std::size_t c = 0; c < static_cast<std::size_t>(g.out_c); ++c) {
            for (std::size_t tap = 0; tap < taps; ++tap) {
                packed[tap * pitch + c] = convert_to<T>(weights[c * taps + tap]);
            }
        }
        return;
    }
    const conv_tiling tiling = pick_tiling<Isa, T>(g);
    const auto inputs = static_cast<std::size_t>(g.group_in());
    const auto outputs = static_cast<std::size_t>(g.group_out());
    const auto depth = static_cast<std::size_t>(packed_depth<T>(g));
    const auto whole = static_cast<std::size_t>(panel_depth<Isa, T>(g));
    const auto panel_columns = static_cast<std::size_t>(tiling.nv * Isa::lanes);
    const auto tail_columns = static_cast<std::size_t>(tiling.tail_nv * Isa::lanes);
    constexpr std::size_t together = format_of<T> == format::bf16 ? 2 : 1;
    for (std::size_t group = 0; group < static_cast<std::size_t>(g.groups); ++group) {
        T* const group_packed = packed + group * detail::group_elements<Isa, T>(g);
        for (std::size_t o = 0; o < outputs; ++o) {
            const std::size_t panel = o / panel_columns;
            const std::size_t columns =
                panel + 1 == static_cast<std::size_t>(tiling.panels) ? tail_columns : panel_columns;
            T* const to = group_packed + panel * panel_columns * whole
                          + (o - panel * panel_columns) * together;
            const float* const from = weights + (group * outputs + o) * inputs * taps;
            for (std::size_t k = 0; k < inputs; ++k) {
                const std::size_t row = k / together * together * columns + k % together;
                for (std::size_t tap = 0; tap < taps; ++tap) {
                    to[tap * depth * columns + row] = convert_to<T>(from[k * taps + tap]);
                }
            }
        }
    }
}

/// Writes a bias of `out_c` floats, or zeros for null.
///
/// Negative zero becomes positive: then adding the product of a zero leaves every sum as it is,
/// whichever taps of the padding a tile multiplies.
template <simd::instruction_set Isa>
void pack_bias(const conv_geometry& g, const float* bias, float* packed) noexcept {
    const std::size_t total = packed_bias_elements<Isa>(g);
    for (std::size_t i = 0; i < total; ++i) {
        packed[i] = 0.0F;
    }
    if (bias == nullptr) {
        return;
    }
    const auto groups = static_cast<std::size_t>(g.depthwise() ? 1 : g.groups);
    const std::size_t outputs = static_cast<std::size_t>(g.out_c) / groups;
    for (std::size_t group = 0; group < groups; ++group) {
        for (std::size_t o = 0; o < outputs; ++o) {
            packed[group * (total / groups) + o] = bias[group * outputs + o] + 0.0F;
        }
    }
}

}  // namespace soma::kernels
