// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// How a program is put on an instance: the numbers that a schedule policy stands for.

namespace soma {

/// Copies of a program, the cores and workers of each, samples per call.
struct deployment {
    int batch = 1;
    int pipeline_cores = 1;  ///< stages of each copy, a core each
    int copies = 1;
    int workers = 0;  ///< host threads that keep a call of one copy in flight; 0: `default_workers`
    bool static_weights = false;  ///< refuse what cannot keep all weights on chip

    [[nodiscard]] constexpr int cores() const noexcept { return copies * pipeline_cores; }

    friend constexpr bool operator==(const deployment&, const deployment&) = default;
};

/// Workers of one copy where nobody says: one for each stage. A second one for a single core adds
/// some percent of throughput, for the time that the host takes, and doubles latency.
[[nodiscard]] constexpr int default_workers(int pipeline_cores) noexcept {
    return pipeline_cores;
}

}  // namespace soma
