// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Filters transformed for Winograd's filtering, in the order in which `winograd_conv2d` reads
/// them.

#include <cstddef>

#include <soma/base/math.hpp>
#include <soma/kernels/geometry.hpp>
#include <soma/kernels/tiling.hpp>
#include <soma/kernels/winograd_matrices.hpp>
#include <soma/kernels/winograd_plan.hpp>
#include <soma/simd/isa.hpp>

namespace soma::kernels {

/// Floats of the transformed weights: 4 times those of the direct convolution for m = 4, 1.8 times
/// for m = 2.
template <simd::instruction_set Isa>
[[nodiscard]] constexpr std::size_t winograd_packed_elements(const conv_geometry& g,
                                                             int m) noexcept {
    return static_cast<std::size_t>(winograd_positions(m)) * static_cast<std::size_t>(g.in_c)
           * static_cast<std::size_t>(round_up(g.out_c, Isa::lanes));
}

/// Writes weights given as `[out][in][3][3]`: transformed in double, rounded once.
///
/// The order is `[panel][position][channel][column]`, padding is zero. The bias is packed as that
/// of a direct convolution.
template <simd::instruction_set Isa, int M>
void winograd_pack(const conv_geometry& g, const float* weights, float* packed) noexcept {
    using filtering = winograd_filter<M>;
    constexpr auto positions = std::size_t{filtering::positions};
    const conv_tiling tiling = winograd_tiling<Isa>(g);
    const auto inputs = static_cast<std::size_t>(g.in_c);
    const auto panel_columns = static_cast<std::size_t>(tiling.nv * Isa::lanes);
    const std::size_t total = winograd_packed_elements<Isa>(g, M);
    for (std::size_t i = 0; i < total; ++i) {
        packed[i] = 0.0F;
    }
    for (std::size_t o = 0; o < static_cast<std::size_t>(g.out_c); ++o) {
        const std::size_t panel = o / panel_columns;
        const bool last = panel + 1 == static_cast<std::size_t>(tiling.panels);
        const std::size_t columns =
            last ? static_cast<std::size_t>(tiling.tail_nv * Isa::lanes) : panel_columns;
        float* const to =
            packed + panel * positions * inputs * panel_columns + (o - panel * panel_columns);
        for (std::size_t c = 0; c < inputs; ++c, weights += 9) {
            winograd_matrix<3, 3> filter{};
            for (std::size_t tap = 0; tap < 9; ++tap) {
                filter[tap / 3][tap % 3] = static_cast<double>(weights[tap]);
            }
            const auto transformed = along_both_axes(filtering::filter_matrix, filter);
            for (std::size_t p = 0; p < positions; ++p) {
                to[(p * inputs + c) * columns] =
                    static_cast<float>(transformed[p / filtering::size][p % filtering::size]);
            }
        }
    }
}

}  // namespace soma::kernels
