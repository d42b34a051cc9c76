// SPDX-License-Identifier: MIT
#include <soma/hardware/figure_list.hpp>
#include <soma/hardware/inferentia.hpp>
#include <soma/hardware/inferentia2.hpp>

#include "support/figures.hpp"

using namespace soma;
using test::near;

// neuron-core-v1: 16 TFLOPS in FP16 and BF16; inferentia: four cores with 64 TFLOPS together.
static_assert(near(2 * neuron_core_v1.tensor.macs_per_second(), 16e12, 1e-12));
static_assert(near(2 * inferentia_chip.cores * inferentia_chip.core.tensor.macs_per_second(),
                   64e12,
                   1e-12));

// neuron-core-v2: its vector engine is 10x, its scalar engine 3x as fast.
static_assert(near(neuron_core_v2.vector.elements_per_second,
                   10 * neuron_core_v1.vector.elements_per_second,
                   1e-12));
static_assert(near(neuron_core_v2.scalar.elements_per_second,
                   3 * neuron_core_v1.scalar.elements_per_second,
                   1e-12));

// The sweep of ResNet-50, 51 MB of FP16 weights and 2.6 MB of live activations a sample: which
// configurations kept all weights on chip.
static_assert([] {
    const auto fits = [](int cores, int batch) {
        return 51e6 / cores + 2.6e6 * batch <= neuron_core_v1.memory_bytes;
    };
    return fits(8, 1) && fits(12, 1) && fits(16, 1) && fits(12, 2) && fits(16, 2)  //
           && !fits(8, 2) && !fits(16, 3);
}());
static_assert(neuron_core_v1.memory_bytes >= 10e6,
              "10 MB of weights per core is the vendor's rule");

static_assert(neuron_core_v1.dma_bytes_per_second * 2 == inferentia_chip.memory_bytes_per_second);
static_assert(inferentia_chip.memory_bytes / inferentia_chip.cores == 2 * units::gib,
              "2 GB of DRAM for each core");

// A matrix engine without FP32; everything else has all formats.
static_assert(neuron_core_v1.tensor.fp32_passes == 0);
static_assert(neuron_core_v1.supports.of(op::conv2d, format::f32) == refusal::no_format
              && neuron_core_v1.supports.of(op::linear, format::f32) == refusal::no_format
              && neuron_core_v1.supports.of(op::attention, format::f32) == refusal::no_format);
static_assert(neuron_core_v1.supports.of(op::conv2d, format::f16) == refusal::none
              && neuron_core_v1.supports.of(op::linear, format::bf16) == refusal::none
              && neuron_core_v1.supports.of(op::attention, format::bf16) == refusal::none);
static_assert(neuron_core_v1.supports.of(op::custom, format::f32) == refusal::no_operator);
static_assert(test::runs_everything_but_products_and_custom(neuron_core_v1, format::f32)
              && test::runs_everything_but_products_and_custom(neuron_core_v1, format::f16)
              && test::runs_everything_but_products_and_custom(neuron_core_v1, format::bf16));
static_assert(test::every_operator_has_a_source(neuron_core_v1_operators));

static_assert(test::every_figure_has_a_source(neuron_core_v1)
              && test::every_figure_has_a_source(inferentia_chip));
