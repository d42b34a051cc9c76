// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What both sides of the comparison have in common.

#include <string>
#include <vector>

namespace bench {

/// One prepared kernel, ours or a peer's.
class measured_kernel {
public:
    measured_kernel() = default;
    measured_kernel(const measured_kernel&) = delete;
    measured_kernel& operator=(const measured_kernel&) = delete;
    virtual ~measured_kernel() = default;

    /// Runs once, on the next copy of the weights.
    virtual void run() = 0;
    /// Waits for runs under way, then reads the clock that counts them.
    [[nodiscard]] virtual double seconds() = 0;
    /// The last run's output: [batch][h][w][out_c].
    [[nodiscard]] virtual std::vector<float> output() = 0;
    /// Which implementation of the library this is.
    [[nodiscard]] virtual std::string implementation() const = 0;
};

}  // namespace bench
