// SPDX-License-Identifier: MIT
#include <soma/hardware/inferentia2.hpp>

#include "support/figures.hpp"

using namespace soma;
using test::near;

// trainium_inferentia2_arch: 128 x 128 products of two operations in each of 2.8e9 cycles, 92
// TFLOPS; inferentia2: 190 of both cores, in which the vendor counts more than the tensor engines.
static_assert(near(2 * neuron_core_v2.tensor.macs_per_second(), 91.75e12, 1e-3));
static_assert(near(2 * inferentia2_chip.cores * inferentia2_chip.core.tensor.macs_per_second(),
                   190e12,
                   0.04));
// 23 TFLOPS in FP32.
static_assert(near(2 * neuron_core_v2.tensor.macs_per_second() / neuron_core_v2.tensor.fp32_passes,
                   23e12,
                   0.01));
// neuron-core-v2: 2.3 TFLOPS of the vector engine, 2.9 of the scalar engine: 16 operations of each
// element.
static_assert(near(16 * neuron_core_v2.vector.elements_per_second, 2.3e12, 0.01)
              && near(16 * neuron_core_v2.scalar.elements_per_second, 2.9e12, 0.02));

// 128 partitions of 192 KiB, and of 16 KiB in eight banks of as many FP32 sums as one instruction
// moves.
static_assert(neuron_core_v2.memory_bytes == 128 * 192 * 1024
              && neuron_core_v2.accumulator_bytes == 128 * 16 * 1024
              && neuron_core_v2.accumulator_bytes
                     == 128 * 8 * 4 * neuron_core_v2.tensor.longest_moving);
// 16 DMA engines of 17 bytes per nanosecond.
static_assert(neuron_core_v2.dma_bytes_per_second == 16 * 17e9);

// FP32 runs everywhere.
static_assert(neuron_core_v2.supports.of(op::conv2d, format::f32) == refusal::none
              && neuron_core_v2.supports.of(op::linear, format::f32) == refusal::none
              && neuron_core_v2.supports.of(op::attention, format::f32) == refusal::none);
static_assert(neuron_core_v2.supports.of(op::custom, format::bf16) == refusal::no_operator);
static_assert(test::runs_everything_but_products_and_custom(neuron_core_v2, format::f32));
static_assert(test::every_operator_has_a_source(neuron_core_v2_operators));

static_assert(test::every_figure_has_a_source(neuron_core_v2)
              && test::every_figure_has_a_source(inferentia2_chip));
