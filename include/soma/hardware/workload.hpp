// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a node asks of the hardware that runs it, counted per sample.

namespace soma {

/// Arithmetic and parameters of one node for one sample.
struct workload {
    long long macs = 0;        ///< multiply-accumulates of matrix engines, padding taps included
    long long vector_ops = 0;  ///< every other arithmetic operation, one per element and step
    long long parameters = 0;  ///< learned numbers, running statistics not included

    /// Floating-point operations: two per multiply-accumulate.
    [[nodiscard]] constexpr long long flops() const noexcept { return 2 * macs + vector_ops; }

    constexpr workload& operator+=(const workload& other) noexcept {
        macs += other.macs;
        vector_ops += other.vector_ops;
        parameters += other.parameters;
        return *this;
    }
    friend constexpr bool operator==(const workload&, const workload&) = default;
};

}  // namespace soma
