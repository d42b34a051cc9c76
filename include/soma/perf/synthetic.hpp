// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Weights and images from a seed: what speed and peers are measured with where no trained numbers
/// are at hand.
///
/// The same seed gives the same bits with every compiler, on every instruction set: integers, one
/// rounding for each value, and no function of a mathematics library but the square root.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <soma/compile/lowered.hpp>
#include <soma/runtime/weights/parameters.hpp>

namespace soma::perf {

namespace detail {

/// Number `index` of the stream `key`: the generator SplitMix64, entered at any position.
[[nodiscard]] constexpr std::uint64_t splitmix64(std::uint64_t key, std::uint64_t index) noexcept {
    std::uint64_t z = key + (index + 1) * 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

/// Sum of the four 16-bit parts of `bits`, less its mean: close to normal, an integer of at most 18
/// bits, at most 3.5 standard deviations away from zero.
[[nodiscard]] constexpr float bell(std::uint64_t bits) noexcept {
    const auto sum = static_cast<std::int32_t>((bits & 0xFFFFU) + (bits >> 16 & 0xFFFFU)
                                               + (bits >> 32 & 0xFFFFU) + (bits >> 48));
    return static_cast<float>(sum - 2 * 0xFFFF);
}

/// The standard deviation of `bell`: `sqrt(4 (2^32 - 1) / 12)`.
inline constexpr double bell_deviation = 37837.22723720648;

/// Fills `to` with numbers of this mean and deviation; each is rounded once.
inline void fill_normal(std::span<float> to, std::uint64_t key, float mean, double deviation) {
    const auto scale = static_cast<float>(deviation / bell_deviation);
    if (mean == 0.0F) {
        for (std::size_t i = 0; i < to.size(); ++i) {
            to[i] = bell(splitmix64(key, i)) * scale;
        }
        return;
    }
    for (std::size_t i = 0; i < to.size(); ++i) {
        // In so many words: whether a compiler fuses product and sum depends on its flags.
        to[i] = std::fma(bell(splitmix64(key, i)), scale, mean);
    }
}

/// A stream for each tensor: its values depend on the seed and its name, not on its neighbours.
[[nodiscard]] constexpr std::uint64_t stream_of(std::uint64_t seed,
                                                std::string_view name) noexcept {
    std::uint64_t key = splitmix64(seed, 0);
    for (const char c : name) {
        key = splitmix64(key, static_cast<unsigned char>(c));
    }
    return key;
}

/// Fills the tensor `spec` of the fused node `n` as its part in the layer asks for.
inline void fill_parameter(const node& n,
                           const parameter_spec& spec,
                           std::uint64_t key,
                           std::span<float> to) {
    switch (spec.role) {
        case parameter_role::weight:
            if (spec.rank > 1) {
                const auto fan_in =
                    static_cast<double>(spec.elements) / static_cast<double>(spec.dims[0]);
                return fill_normal(to, key, 0.0F, std::sqrt(2.0 / fan_in));
            }
            // A sum of many unscaled terms would grow with the depth of a residual network.
            return n.residual >= 0 ? fill_normal(to, key, 0.2F, 0.02)
                                   : fill_normal(to, key, 1.0F, 0.1);
        case parameter_role::bias: return fill_normal(to, key, 0.0F, 0.05);
        case parameter_role::running_mean: return fill_normal(to, key, 0.0F, 0.1);
        case parameter_role::running_var: return fill_normal(to, key, 1.0F, 0.1);
        case parameter_role::custom: return fill_normal(to, key, 0.0F, 0.1);
    }
}

}  // namespace detail

/// Weights of `Model` with which values neither vanish nor grow on their way through it.
///
/// Matmuls have the deviation `sqrt(2 / inputs)` that keeps the mean square through a ReLU; batch
/// normalisations are near the identity, but at 0.2 where an addition follows. A tensor's values
/// depend on `seed` and its name alone.
template <model_type Model>
[[nodiscard]] parameters<Model> synthetic_parameters(std::uint64_t seed) {
    using table = parameter_table<Model>;
    parameters<Model> values;
    std::size_t next = 0;
    const auto& list = lowered<Model>::data;
    for (int i = 0; i < list.size; ++i) {
        const node& n = list.nodes[i];
        const extents in = n.inputs.count > 0 ? list.nodes[n.inputs[0]].out : n.out;
        soma::detail::for_each_parameter(n, in, lowered<Model>::names, [&](const parameter_spec&) {
            const parameter_spec& spec = table::specs[next++];
            const std::uint64_t key = detail::stream_of(seed, table::name(spec));
            detail::fill_parameter(n, spec, key, values.of(spec));
        });
    }
    return values;
}

/// Fills `pixels` with numbers of mean 0 and deviation 1, as those of a normalised image.
inline void synthetic_images(std::span<float> pixels, std::uint64_t seed) {
    detail::fill_normal(pixels, detail::stream_of(seed, "image"), 0.0F, 1.0);
}

}  // namespace soma::perf
