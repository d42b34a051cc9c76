// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The calibrated parameters of the cost model: all there are, for every generation and model.

// Before `calibrated` is declared: the enumerator of that name would shadow it.
#include <soma/hardware/figure.hpp>

namespace soma {

/// Four numbers fitted to published measurements (see docs/cost-model.md); everything else in a
/// prediction is a count or a figure of the hardware.
struct calibration {
    /// Part of the tensor engine's cycles that multiply while a product's operands are at hand.
    double tensor_efficiency = 0.87;
    /// Passes over each element that a vector engine reads, beyond what the operator counts.
    double vector_passes = 1.47;
    /// Seconds of host time in each call: queue, driver, completion.
    double call_seconds = 112e-6;
    /// Bytes per second between a caller's tensors and device memory.
    double host_bytes_per_second = 3.3e9;

    friend constexpr bool operator==(const calibration&, const calibration&) = default;
};

/// Fitted to the twelve rows of `examples/predict/inferentia.csv`.
inline constexpr calibration calibrated{};

}  // namespace soma
