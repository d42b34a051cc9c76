// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// NeuronCore-v1 and its chip, Inferentia.
///
/// The vendor publishes what the core computes per second, not what it is made of. What the model
/// needs beyond that is inferred: by scaling the engines of NeuronCore-v2, whose cycles are
/// published, and from what published experiments say about on-chip memory.

#include <soma/hardware/instance.hpp>
#include <soma/hardware/operator_row.hpp>
#include <soma/hardware/sources.hpp>

namespace soma {

namespace sources {

inline constexpr std::string_view v1_operators =
    "Neuron SDK 2.20.1, neuron-cc-ops-pytorch; formats: all engines but the matrix engine take "
    "FP32, too (mixed-precision)";
inline constexpr std::string_view v1_activations =
    "Neuron SDK 2.20.1, neuron-cc-ops-pytorch has them all but elu, which exp and where make up; "
    "formats: mixed-precision";
inline constexpr std::string_view v1_attention =
    "matmul, bmm and softmax are in neuron-cc-ops-pytorch (Neuron SDK 2.20.1); its products read "
    "what other products do";
inline constexpr std::string_view v1_embedding =
    "index_select is in neuron-cc-ops-pytorch (Neuron SDK 2.20.1) and copies the same rows; "
    "embedding itself was withdrawn in 1.0.1001 for its speed";

}  // namespace sources

inline constexpr operator_row neuron_core_v1_operators[] = {
    {op::identity, all_formats, provenance::inferred, sources::moves_bytes},
    {op::input, all_formats, provenance::inferred, sources::moves_bytes},
    {op::conv2d, half_formats, provenance::published, sources::mixed_precision},
    {op::linear, half_formats, provenance::published, sources::mixed_precision},
    {op::batch_norm, all_formats, provenance::published, sources::v1_operators},
    {op::activation, all_formats, provenance::published, sources::v1_activations},
    {op::add, all_formats, provenance::published, sources::v1_operators},
    {op::max_pool, all_formats, provenance::published, sources::v1_operators},
    {op::average_pool, all_formats, provenance::published, sources::v1_operators},
    {op::global_average_pool, all_formats, provenance::published, sources::v1_operators},
    {op::softmax, all_formats, provenance::published, sources::v1_operators},
    {op::log_softmax, all_formats, provenance::published, sources::v1_operators},
    {op::flatten, all_formats, provenance::published, sources::v1_operators},
    {op::concat, all_formats, provenance::published, sources::v1_operators},
    {op::custom, no_formats, provenance::inferred, sources::host_code},
    {op::cast, all_formats, provenance::published, sources::v1_operators},
    {op::output, all_formats, provenance::inferred, sources::moves_bytes},
    {op::embedding, all_formats, provenance::inferred, sources::v1_embedding},
    {op::layer_norm, all_formats, provenance::published, sources::v1_operators},
    {op::attention, half_formats, provenance::inferred, sources::v1_attention},
    {op::slice, all_formats, provenance::published, sources::v1_operators},
};

inline constexpr neuron_core neuron_core_v1{
    .name = "NeuronCore-v1",
    .known_as = "neuron_core_v1",
    .tensor = {.rows = inferred(128, "as NeuronCore-v2; the array of v1 is unpublished"),
               .columns = inferred(128, "as NeuronCore-v2; the array of v1 is unpublished"),
               .clock_hz = inferred(16e12 / 2 / 128 / 128,
                                    "16 TFLOPS in FP16 and BF16 (neuron-core-v1) over 128 x 128 "
                                    "multiply-accumulates of two operations each"),
               .longest_moving = inferred(512, "as NeuronCore-v2"),
               .fewest_cycles = inferred(64, "as NeuronCore-v2"),
               .load_cycles = inferred(128, "as NeuronCore-v2"),
               .fp32_passes = published(0, sources::mixed_precision)},
    .vector = {inferred(1.12e9 * 128 / 10,
                        "a tenth of NeuronCore-v2's, which is 10x as fast (neuron-core-v2)")},
    .scalar = {inferred(1.4e9 * 128 / 3,
                        "a third of NeuronCore-v2's, which is 3x as fast (neuron-core-v2)")},
    .memory_bytes =
        inferred(10 * units::mib,
                 "unpublished. 4 cores for each 2e7 weights (neuroncore-pipeline) mean that 10 MB "
                 "of 16-bit weights fit. The batch and pipeline sweep of ResNet-50 in FP16, 51 MB "
                 "(keras_resnet50, Neuron SDK 1.9.0), keeps all weights on chip in 12 cores at "
                 "batch 2, not in 8 at batch 2 nor in 16 at batch 3: with 2.6 MB of live "
                 "activations a sample, 9.5 MB fit and 11 MB do not"),
    .accumulator_bytes = inferred(2 * units::mib, "as NeuronCore-v2; unpublished"),
    .dma_bytes_per_second =
        inferred(25e9,
                 "half of the chip's bandwidth: what the published latency of BERT-base on a core "
                 "that runs alone leaves for its weights"),
    .supports = support_of(neuron_core_v1_operators),
};

inline constexpr chip inferentia_chip{
    .name = "Inferentia",
    .core = neuron_core_v1,
    .cores = 4,
    .memory_bytes = published(8 * units::gib, sources::inferentia),
    .memory_bytes_per_second = published(50e9, sources::batching),
    .link_bytes_per_second = published(32 * units::gib, sources::inf1),
};

}  // namespace soma
