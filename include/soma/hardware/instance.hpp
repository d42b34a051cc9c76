// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Chips, and hosts with chips: what a program is deployed on.
///
/// A user's own hardware is a `constexpr instance` like those of `hardware/instances.hpp`.

#include <string_view>

#include <soma/hardware/figure.hpp>
#include <soma/hardware/neuron_core.hpp>

namespace soma {

/// Cores that share device memory.
struct chip {
    std::string_view name{};  ///< `Inferentia`
    neuron_core core{};
    int cores = 1;
    figure memory_bytes{};             ///< device DRAM
    figure memory_bytes_per_second{};  ///< shared by its cores
    figure link_bytes_per_second{};    ///< to a neighbouring chip, 0 where there is none
};

/// A host with chips in a row.
struct instance {
    std::string_view name{};  ///< `inf1.6xlarge`
    soma::chip chip{};
    int chips = 1;
    int vcpus = 1;
    figure host_memory_bytes{};
    figure host_flops_per_second{};  ///< of one vCPU, for operators that no core runs
    figure price_per_hour{};         ///< US dollars on demand, 0 where unknown

    [[nodiscard]] constexpr int cores() const noexcept { return chips * chip.cores; }
};

}  // namespace soma
