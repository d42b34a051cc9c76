// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The instances that have NeuronCores.

#include <string_view>

#include <soma/hardware/inferentia.hpp>
#include <soma/hardware/inferentia2.hpp>
#include <soma/hardware/instance.hpp>
#include <soma/hardware/trainium.hpp>
#include <soma/hardware/trainium2.hpp>

namespace soma {

namespace detail {

/// One vCPU of any of these hosts: half a core with two 256-bit FMA units.
inline constexpr figure host_flops = inferred(
    20e9,
    "an FMA of 8 FP32 lanes in each cycle of 2.5 GHz is 40 GFLOP/s, of which a framework's "
    "operators reach about half");

}  // namespace detail

inline constexpr instance inf1_xlarge{
    .name = "inf1.xlarge",
    .chip = inferentia_chip,
    .chips = 1,
    .vcpus = 4,
    .host_memory_bytes = published(8 * units::gib, sources::inf1),
    .host_flops_per_second = detail::host_flops,
    .price_per_hour = published(0.228, sources::prices),
};
inline constexpr instance inf1_2xlarge{
    .name = "inf1.2xlarge",
    .chip = inferentia_chip,
    .chips = 1,
    .vcpus = 8,
    .host_memory_bytes = published(16 * units::gib, sources::inf1),
    .host_flops_per_second = detail::host_flops,
    .price_per_hour = published(0.362, sources::prices),
};
inline constexpr instance inf1_6xlarge{
    .name = "inf1.6xlarge",
    .chip = inferentia_chip,
    .chips = 4,
    .vcpus = 24,
    .host_memory_bytes = published(48 * units::gib, sources::inf1),
    .host_flops_per_second = detail::host_flops,
    .price_per_hour = published(1.18, sources::prices),
};
inline constexpr instance inf1_24xlarge{
    .name = "inf1.24xlarge",
    .chip = inferentia_chip,
    .chips = 16,
    .vcpus = 96,
    .host_memory_bytes = published(192 * units::gib, sources::inf1),
    .host_flops_per_second = detail::host_flops,
    .price_per_hour = published(4.721, sources::prices),
};

inline constexpr instance inf2_xlarge{
    .name = "inf2.xlarge",
    .chip = inferentia2_chip,
    .chips = 1,
    .vcpus = 4,
    .host_memory_bytes = published(16 * units::gib, sources::inf2),
    .host_flops_per_second = detail::host_flops,
    .price_per_hour = {},
};
inline constexpr instance inf2_8xlarge{
    .name = "inf2.8xlarge",
    .chip = inferentia2_chip,
    .chips = 1,
    .vcpus = 32,
    .host_memory_bytes = published(128 * units::gib, sources::inf2),
    .host_flops_per_second = detail::host_flops,
    .price_per_hour = {},
};
inline constexpr instance inf2_24xlarge{
    .name = "inf2.24xlarge",
    .chip = inferentia2_chip,
    .chips = 6,
    .vcpus = 96,
    .host_memory_bytes = published(384 * units::gib, sources::inf2),
    .host_flops_per_second = detail::host_flops,
    .price_per_hour = {},
};
inline constexpr instance inf2_48xlarge{
    .name = "inf2.48xlarge",
    .chip = inferentia2_chip,
    .chips = 12,
    .vcpus = 192,
    .host_memory_bytes = published(768 * units::gib, sources::inf2),
    .host_flops_per_second = detail::host_flops,
    .price_per_hour = {},
};

inline constexpr instance trn1_2xlarge{
    .name = "trn1.2xlarge",
    .chip = trainium_chip,
    .chips = 1,
    .vcpus = 8,
    .host_memory_bytes = published(32 * units::gib, sources::trn1),
    .host_flops_per_second = detail::host_flops,
    .price_per_hour = {},
};
inline constexpr instance trn1_32xlarge{
    .name = "trn1.32xlarge",
    .chip = trainium_chip,
    .chips = 16,
    .vcpus = 128,
    .host_memory_bytes = published(512 * units::gib, sources::trn1),
    .host_flops_per_second = detail::host_flops,
    .price_per_hour = {},
};
inline constexpr instance trn2_48xlarge{
    .name = "trn2.48xlarge",
    .chip = trainium2_chip,
    .chips = 16,
    .vcpus = 192,
    .host_memory_bytes = published(2048 * units::gib, sources::trn2),
    .host_flops_per_second = detail::host_flops,
    .price_per_hour = {},
};

/// All of them, each generation from its smallest to its largest.
inline constexpr const instance* instances[] = {
    &inf1_xlarge,   &inf1_2xlarge,  &inf1_6xlarge, &inf1_24xlarge, &inf2_xlarge,   &inf2_8xlarge,
    &inf2_24xlarge, &inf2_48xlarge, &trn1_2xlarge, &trn1_32xlarge, &trn2_48xlarge,
};

/// The instance of that name, null where there is none.
[[nodiscard]] constexpr const instance* find_instance(std::string_view name) noexcept {
    for (const instance* known : instances) {
        if (known->name == name) {
            return known;
        }
    }
    return nullptr;
}

}  // namespace soma
