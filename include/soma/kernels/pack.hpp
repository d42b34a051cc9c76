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
#include <soma/simd/convert.hpp>
#include <soma/simd/isa.hpp>
#include <soma/simd/vec.hpp>

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

/// A vector of output channels, the unit that weights are packed in: where it lies on both sides.
struct weight_block {
    std::size_t first_output = 0;  ///< counted over all groups
    std::size_t outputs = 0;       ///< at most a vector
    std::size_t offset = 0;        ///< of its first packed element
    std::size_t pitch = 0;         ///< packed elements from one channel or pair to the next
};

/// How many blocks the weights of `g` are.
template <simd::instruction_set Isa>
[[nodiscard]] constexpr std::size_t weight_blocks(const conv_geometry& g) noexcept {
    return packed_bias_elements<Isa>(g) / static_cast<std::size_t>(Isa::lanes);
}

/// Weights of one output channel.
[[nodiscard]] constexpr std::size_t weights_per_output(const conv_geometry& g) noexcept {
    return static_cast<std::size_t>(g.group_in()) * static_cast<std::size_t>(g.taps());
}

/// Block `index` of `g`, in the order of its output channels.
template <simd::instruction_set Isa, numeric_format T>
[[nodiscard]] constexpr weight_block block_of(const conv_geometry& g, std::size_t index) noexcept {
    constexpr auto lanes = static_cast<std::size_t>(Isa::lanes);
    const std::size_t blocks = weight_blocks<Isa>(g);
    if (g.depthwise()) {
        const std::size_t first = index * lanes;
        const std::size_t left = static_cast<std::size_t>(g.out_c) - first;
        return {first, left < lanes ? left : lanes, first, blocks * lanes};
    }
    constexpr std::size_t together = format_of<T> == format::bf16 ? 2 : 1;
    const conv_tiling tiling = pick_tiling<Isa, T>(g);
    const auto outputs = static_cast<std::size_t>(g.group_out());
    const auto nv = static_cast<std::size_t>(tiling.nv);
    const std::size_t each = blocks / static_cast<std::size_t>(g.groups);
    const std::size_t group = index / each, vector = index % each, panel = vector / nv;
    const bool tail = panel + 1 == static_cast<std::size_t>(tiling.panels);
    const std::size_t columns = lanes * (tail ? static_cast<std::size_t>(tiling.tail_nv) : nv);
    const std::size_t panel_start =
        panel * nv * lanes * static_cast<std::size_t>(panel_depth<Isa, T>(g));
    const std::size_t left = outputs - vector * lanes;
    return {group * outputs + vector * lanes, left < lanes ? left : lanes,
            group * detail::group_elements<Isa, T>(g) + panel_start
                + (vector - panel * nv) * lanes * together,
            columns * together};
}

namespace detail {

/// Rounds `Count` floats to `T`; `Cpu` is what the code runs on, not what it packs for.
template <class Cpu, std::size_t Count, numeric_format T>
void narrow(const float* from, T* to) noexcept {
    if constexpr (Count % static_cast<std::size_t>(Cpu::lanes) == 0) {
        for (std::size_t i = 0; i < Count; i += static_cast<std::size_t>(Cpu::lanes)) {
            simd::store(simd::load<Cpu>(from + i), to + i);
        }
    } else {
        for (std::size_t i = 0; i < Count; ++i) {
            to[i] = convert_to<T>(from[i]);
        }
    }
}

/// `pack_block` for weights with `Together` channels innermost, `depth` channels long.
///
/// Channels are brought into the order of the result in a buffer that stays in the first cache.
template <simd::instruction_set Isa, std::size_t Together, class Cpu, numeric_format T>
void pack_channels(const conv_geometry& g,
                   const weight_block& block,
                   std::size_t depth,
                   const float* weights,
                   T* packed) noexcept {
    constexpr std::size_t width = static_cast<std::size_t>(Isa::lanes) * Together;
    constexpr std::size_t most = 32;  // channels at a time
    const auto taps = static_cast<std::size_t>(g.taps());
    const auto inputs = static_cast<std::size_t>(g.group_in());
    const std::size_t tap_elements = depth / Together * block.pitch;
    alignas(64) float ordered[most / Together * width] = {};
    for (std::size_t first = 0; first < depth; first += most) {
        const std::size_t channels = inputs - first < most ? inputs - first : most;
        const std::size_t rows = (depth - first < most ? depth - first : most) / Together;
        if (channels % Together != 0) {
            for (float& element : ordered) {
                element = 0.0F;
            }
        }
        for (std::size_t tap = 0; tap < taps; ++tap) {
            for (std::size_t o = 0; o < block.outputs; ++o) {
                const float* const from = weights + (o * inputs + first) * taps + tap;
                float* const to = ordered + o * Together;
                for (std::size_t k = 0; k < channels; ++k) {
                    to[k / Together * width + k % Together] = from[k * taps];
                }
            }
            T* const to =
                packed + block.offset + tap * tap_elements + first / Together * block.pitch;
            for (std::size_t row = 0; row < rows; ++row) {
                narrow<Cpu, width>(ordered + row * width, to + row * block.pitch);
            }
        }
    }
}

}  // namespace detail

/// Writes all elements of `block`, padding included, from the weights of its output channels given
/// as `[outputs][in / groups][kernel_h][kernel_w]`, rounded to `T`.
template <simd::instruction_set Isa, numeric_format T, class Cpu = simd::native>
void pack_block(const conv_geometry& g,
                const weight_block& block,
                const float* weights,
                T* packed) noexcept {
    if (g.depthwise()) {
        return detail::pack_channels<Isa, 1, Cpu>(g, block, 1, weights, packed);
    }
    constexpr std::size_t together = format_of<T> == format::bf16 ? 2 : 1;
    const auto depth = static_cast<std::size_t>(packed_depth<T>(g));
    detail::pack_channels<Isa, together, Cpu>(g, block, depth, weights, packed);
    // Zeros that a kernel reads behind the last tap.
    const auto rows = static_cast<std::size_t>(panel_depth<Isa, T>(g)) / together;
    for (std::size_t row = static_cast<std::size_t>(g.taps()) * depth / together; row < rows;
         ++row) {
        T* const to = packed + block.offset + row * block.pitch;
        for (std::size_t i = 0; i < static_cast<std::size_t>(Isa::lanes) * together; ++i) {
            to[i] = T{};
        }
    }
}

/// Writes weights given as `[out][in / groups][kernel_h][kernel_w]`, rounded to `T`.
///
/// The order is `[group][panel][tap][channel][column]`, for BF16 with pairs of channels innermost:
/// what the inner loop reads is consecutive. Padding is zero. Depthwise is `[tap][channel]`.
template <simd::instruction_set Isa, numeric_format T>
void pack_conv(const conv_geometry& g, const float* weights, T* packed) noexcept {
    for (std::size_t i = 0; i < weight_blocks<Isa>(g); ++i) {
        const weight_block block = block_of<Isa, T>(g, i);
        pack_block<Isa, T>(g, block, weights + block.first_output * weights_per_output(g), packed);
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
