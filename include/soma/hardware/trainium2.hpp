// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// NeuronCore-v3 and its chip, Trainium2, as data: no prediction for them has been checked.

#include <soma/hardware/inferentia2.hpp>

namespace soma {

inline constexpr neuron_core neuron_core_v3{
    .name = "NeuronCore-v3",
    .known_as = "neuron_core_v3",
    .tensor = {.rows = published(128, sources::nki_v3),
               .columns = published(128, sources::nki_v3),
               .clock_hz = published(2.4e9, sources::nki_v3),
               .longest_moving = inferred(512, "as NeuronCore-v2: a bank of PSUM is as large"),
               .fewest_cycles = inferred(64, "as NeuronCore-v2"),
               .load_cycles = inferred(128, "as NeuronCore-v2"),
               .fp32_passes = inferred(4, "79 TFLOPS in BF16 over 20 in FP32 (trainium2_arch)")},
    // Some instructions take four times as many BF16 and FP16 elements; this holds for all.
    .vector = {published(128 * 0.96e9, sources::nki_v3)},
    .scalar = {published(128 * 1.2e9, sources::nki_v3)},
    .memory_bytes = published(28 * units::mib, sources::nki_v3),
    .accumulator_bytes = published(2 * units::mib, sources::nki_v3),
    .dma_bytes_per_second = published(368e9, sources::nki_dma),
    .supports = support_of(neuron_core_v2_operators),
};

inline constexpr chip trainium2_chip{
    .name = "Trainium2",
    .core = neuron_core_v3,
    .cores = 8,
    .memory_bytes = published(96 * units::gib, sources::trainium2),
    .memory_bytes_per_second = published(2.9e12, sources::trainium2),
    .link_bytes_per_second = published(1.28e12, sources::trainium2),
};

}  // namespace soma
