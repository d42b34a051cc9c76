// SPDX-License-Identifier: MIT
#include <soma/hardware/trainium2.hpp>

#include "support/figures.hpp"

using namespace soma;
using test::near;

// trainium2_arch: 79 TFLOPS of a core in BF16, 20 in FP32; trainium2: 667 and 181 of eight cores,
// in which the vendor counts more than the tensor engines.
static_assert(near(2 * neuron_core_v3.tensor.macs_per_second(), 79e12, 0.01));
static_assert(near(2 * neuron_core_v3.tensor.macs_per_second() / neuron_core_v3.tensor.fp32_passes,
                   20e12,
                   0.02));
static_assert(near(2 * trainium2_chip.cores * trainium2_chip.core.tensor.macs_per_second(),
                   667e12,
                   0.06));
// trainium2: 224 MiB of on-chip memory in a chip, 3.5 TB/s of DMA.
static_assert(trainium2_chip.cores * neuron_core_v3.memory_bytes == 224 * units::mib);
static_assert(neuron_core_v3.dma_bytes_per_second == 16 * 23e9);
static_assert(trainium2_chip.cores * neuron_core_v3.dma_bytes_per_second < 3.5e12);
// 3.6 times the bandwidth, 3.3 times the link of Trainium in decimal units.
static_assert(near(trainium2_chip.memory_bytes_per_second / 0.8e12, 3.6, 0.01)
              && near(trainium2_chip.link_bytes_per_second / 384e9, 3.3, 0.02));

static_assert(test::every_figure_has_a_source(neuron_core_v3)
              && test::every_figure_has_a_source(trainium2_chip));
