// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What one NeuronCore can do: three engines, on-chip memory, a path to device memory.

#include <string_view>

#include <soma/hardware/figure.hpp>
#include <soma/hardware/support.hpp>

namespace soma {

/// Multiplies a stationary tile of at most `rows` x `columns` weights with moving columns.
struct tensor_engine {
    figure rows{};            ///< depth of a product that one pass sums: partitions
    figure columns{};         ///< outputs of one pass
    figure clock_hz{};        ///< one moving column each cycle
    figure longest_moving{};  ///< moving columns of one instruction: FP32 values in a bank of PSUM
    figure fewest_cycles{};   ///< of an instruction, however few columns move
    figure load_cycles{};     ///< to bring in a stationary tile, while nothing moves
    figure fp32_passes{};     ///< passes of an FP32 product; 0: the engine multiplies no FP32

    /// Multiply-accumulates per second of 16-bit operands, two operations each.
    [[nodiscard]] constexpr double macs_per_second() const noexcept {
        return rows * columns * clock_hz;
    }
};

/// An engine that takes one element of each of its lanes per cycle.
struct lane_engine {
    figure elements_per_second{};  ///< 16-bit elements, one operation each
};

/// One core.
struct neuron_core {
    std::string_view name{};      ///< `NeuronCore-v1`
    std::string_view known_as{};  ///< `neuron_core_v1`, in files
    tensor_engine tensor{};
    lane_engine vector{};           ///< sums, maxima, whatever reads several elements
    lane_engine scalar{};           ///< functions of one element
    figure memory_bytes{};          ///< on-chip memory for weights and activations (SBUF)
    figure accumulator_bytes{};     ///< on-chip memory that sums are made in (PSUM)
    figure dma_bytes_per_second{};  ///< most that one core moves from and to device memory
    operator_support supports{};
};

}  // namespace soma
