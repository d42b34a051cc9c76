// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// NeuronCore-v2 and the chip for inference that it is in, Inferentia2.

#include <soma/hardware/instance.hpp>
#include <soma/hardware/operator_row.hpp>
#include <soma/hardware/sources.hpp>

namespace soma {

namespace sources {

inline constexpr std::string_view v2_operators =
    "Neuron SDK of August 2026, frameworks/torch/torch-neuronx/pytorch-neuron-supported-operators";
inline constexpr std::string_view v2_lowered =
    "not in torch-neuronx's list, which leaves out what XLA lowers by itself; NeuronCore-v1 has it";
inline constexpr std::string_view v2_attention =
    "bmm and softmax are in torch-neuronx's list; its products read what other products do";

}  // namespace sources

/// Products read FP32 as well, at a quarter of the speed.
inline constexpr operator_row neuron_core_v2_operators[] = {
    {op::identity, all_formats, provenance::inferred, sources::moves_bytes},
    {op::input, all_formats, provenance::inferred, sources::moves_bytes},
    {op::conv2d, all_formats, provenance::published, sources::data_types},
    {op::linear, all_formats, provenance::published, sources::data_types},
    {op::batch_norm, all_formats, provenance::published, sources::v2_operators},
    {op::activation, all_formats, provenance::published, sources::v2_operators},
    {op::add, all_formats, provenance::published, sources::v2_operators},
    {op::max_pool, all_formats, provenance::inferred, sources::v2_lowered},
    {op::average_pool, all_formats, provenance::inferred, sources::v2_lowered},
    {op::global_average_pool, all_formats, provenance::inferred, sources::v2_lowered},
    {op::softmax, all_formats, provenance::published, sources::v2_operators},
    {op::log_softmax, all_formats, provenance::published, sources::v2_operators},
    {op::flatten, all_formats, provenance::published, sources::v2_operators},
    {op::concat, all_formats, provenance::inferred, sources::v2_lowered},
    {op::custom, no_formats, provenance::inferred, sources::host_code},
    {op::cast, all_formats, provenance::inferred, sources::moves_bytes},
    {op::output, all_formats, provenance::inferred, sources::moves_bytes},
    {op::embedding, all_formats, provenance::published, sources::v2_operators},
    {op::layer_norm, all_formats, provenance::inferred, sources::v2_lowered},
    {op::attention, all_formats, provenance::inferred, sources::v2_attention},
    {op::slice, all_formats, provenance::published, sources::v2_operators},
};

inline constexpr neuron_core neuron_core_v2{
    .name = "NeuronCore-v2",
    .known_as = "neuron_core_v2",
    .tensor = {.rows = published(128, sources::nki_v2),
               .columns = published(128, sources::nki_v2),
               .clock_hz = published(2.8e9, sources::nki_v2),
               .longest_moving = published(512, sources::nki_matmul),
               .fewest_cycles = published(64, sources::nki_matmul),
               .load_cycles = inferred(128,
                                       "a row of the tile per cycle. The next tile can load while "
                                       "columns move, up to 4x as fast (nki_perf_guide); published "
                                       "throughputs are those of programs that do not overlap it"),
               .fp32_passes = published(4, sources::nki_matmul)},
    .vector = {published(128 * 1.12e9, sources::nki_v2)},
    .scalar = {published(128 * 1.4e9, sources::nki_v2)},
    .memory_bytes = published(24 * units::mib, sources::nki_v2),
    .accumulator_bytes = published(2 * units::mib, sources::nki_v2),
    .dma_bytes_per_second = published(272e9, sources::nki_dma),
    .supports = support_of(neuron_core_v2_operators),
};

inline constexpr chip inferentia2_chip{
    .name = "Inferentia2",
    .core = neuron_core_v2,
    .cores = 2,
    .memory_bytes = published(32 * units::gib, sources::inferentia2),
    .memory_bytes_per_second = published(820e9, sources::nki_v2),
    .link_bytes_per_second = published(192 * units::gib, sources::inf2),
};

}  // namespace soma
