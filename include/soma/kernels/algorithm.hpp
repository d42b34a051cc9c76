// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The ways to compute a convolution, and which of them takes the least time.

#include <cstdint>
#include <string_view>

#include <soma/kernels/geometry.hpp>
#include <soma/kernels/winograd_plan.hpp>

namespace soma::kernels {

/// How a matmul is computed.
enum class algorithm : std::uint8_t { direct, winograd_2x2, winograd_4x4 };

/// The name that reports use; nothing for what is the rule.
[[nodiscard]] constexpr std::string_view name(algorithm a) noexcept {
    return a == algorithm::winograd_2x2   ? "winograd 2x2"
           : a == algorithm::winograd_4x4 ? "winograd 4x4"
                                          : "";
}

/// Outputs of a tile along an axis.
/// \pre Not `direct`.
[[nodiscard]] constexpr int winograd_outputs(algorithm a) noexcept {
    return a == algorithm::winograd_2x2 ? 2 : 4;
}

namespace detail {

/// Pairs of an output position and one of three taps that lie in the image, along one axis.
[[nodiscard]] constexpr std::int64_t taps_inside(int in, int out, int pad) noexcept {
    std::int64_t count = 0;
    for (int tap = 0; tap < 3; ++tap) {
        const int first = pad - tap < 0 ? 0 : pad - tap;
        const int last = in + pad - tap < out ? in + pad - tap : out;
        count += last > first ? last - first : 0;
    }
    return count;
}

}  // namespace detail

/// The time one sample takes by `a`, in multiply-adds of a core at its peak.
///
/// Products; the transforms, so many multiply-adds for each transformed number; and the packed
/// weights, which between two runs of a network leave the caches and whose way back is hidden in
/// part. The three factors are fitted to the nine 3x3 convolutions of ResNet-50 and VGG-16 with
/// cold weights; the choice between two algorithms that come within a tenth of each other is not to
/// be relied on.
/// \pre `a` is direct or `winograd_possible(g)`.
[[nodiscard]] constexpr double sample_cost(const conv_geometry& g, algorithm a) noexcept {
    constexpr double per_product = 1.1, per_weight_byte = 5;
    const double channels = static_cast<double>(g.in_c) * g.out_c;
    if (a == algorithm::direct) {
        const double products =
            channels
            * static_cast<double>(detail::taps_inside(g.in_h, g.out_h, g.pad_h)
                                  * detail::taps_inside(g.in_w, g.out_w, g.pad_w));
        return per_product * products + per_weight_byte * channels * 9 * sizeof(float);
    }
    const int m = winograd_outputs(a);
    const double per_transformed = m == 4 ? 20 : 14;
    const double positions = winograd_positions(m);
    const double tiles =
        static_cast<double>(winograd_tiles_down(g, m)) * winograd_tiles_across(g, m);
    return per_product * positions * tiles * channels
           + per_transformed * positions * tiles * (g.in_c + g.out_c)
           + per_weight_byte * positions * channels * sizeof(float);
}

/// The algorithm of least cost. It depends on shape and channels of one sample alone: not on the
/// batch, so that every schedule gives the same bits, nor on the instruction set.
[[nodiscard]] constexpr algorithm cheapest_algorithm(const conv_geometry& g) noexcept {
    algorithm best = algorithm::direct;
    if (!winograd_possible(g)) {
        return best;
    }
    for (const algorithm a : {algorithm::winograd_2x2, algorithm::winograd_4x4}) {
        if (sample_cost(g, a) < sample_cost(g, best)) {
            best = a;
        }
    }
    return best;
}

}  // namespace soma::kernels
