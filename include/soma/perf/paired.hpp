// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Compares several pieces of work on a machine whose clock and neighbours change meanwhile.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <soma/perf/clock.hpp>
#include <soma/perf/statistics.hpp>

namespace soma::perf {

/// A piece of work to compare; one `run()` does `operations` operations.
struct candidate {
    std::string name;
    std::function<void()> run;
    /// Seconds so far on the clock this candidate is measured by: another one than the thread's
    /// where a library works on threads of its own.
    std::function<double()> seconds = [] {
        return std::chrono::duration<double>(thread_cpu_clock::now().time_since_epoch()).count();
    };
};

/// How long and how often to measure.
struct paired_options {
    int repetitions = 9;      ///< per candidate; the reported figures are medians over them
    double seconds = 0.3;     ///< aimed at for all repetitions of all candidates together
    double shortest = 0.002;  ///< seconds one timed stretch lasts at least
};

/// The medians of one candidate.
struct paired_result {
    double seconds = 0.0;          ///< of one run
    double rate = 0.0;             ///< operations per second
    double part_of_peak = 0.0;     ///< rate over the mean of the two peaks around it
    double low = 0.0, high = 0.0;  ///< 10th and 90th percentile of `part_of_peak`
    double against_first = 1.0;    ///< this one's seconds over the first one's, per repetition
};

namespace detail {

/// Seconds per run when `work` runs `count` times.
inline double seconds_per_run(const candidate& work, std::int64_t count) {
    const double start = work.seconds();
    for (std::int64_t i = 0; i < count; ++i) {
        work.run();
    }
    return (work.seconds() - start) / static_cast<double>(count);
}

/// How many runs last `target` seconds, from a doubling trial that also warms caches up.
inline std::int64_t runs_for(const candidate& work, double target) {
    std::int64_t count = 1;
    double each = seconds_per_run(work, 1);
    while (each * static_cast<double>(count) < target / 8.0 && count < (std::int64_t{1} << 30)) {
        count *= 2;
        each = seconds_per_run(work, count);
    }
    return std::max<std::int64_t>(1, std::llround(target / std::max(each, 1e-9)));
}

}  // namespace detail

/// Measures the candidates in turn, each stretch between two calls of `peak` (operations per second
/// the machine can do at that moment), in reversed order every other repetition.
///
/// \pre `peak()` takes a few milliseconds at most; `operations > 0`.
inline std::vector<paired_result> measure_paired(std::span<const candidate> candidates,
                                                 double operations,
                                                 const std::function<double()>& peak,
                                                 const paired_options& options = {}) {
    const std::size_t count = candidates.size();
    const auto repetitions = static_cast<std::size_t>(std::max(1, options.repetitions));
    const double stretch = std::max(
        options.shortest,
        options.seconds / static_cast<double>(repetitions * std::max<std::size_t>(1, count)));
    std::vector<std::int64_t> runs;
    for (const candidate& work : candidates) {
        runs.push_back(detail::runs_for(work, stretch));
    }

    std::vector<std::vector<double>> seconds(count);
    std::vector<std::vector<double>> parts(count);
    for (std::size_t repetition = 0; repetition < repetitions; ++repetition) {
        double before = peak();
        for (std::size_t turn = 0; turn < count; ++turn) {
            const std::size_t i = repetition % 2 == 0 ? turn : count - 1 - turn;
            const double each = detail::seconds_per_run(candidates[i], runs[i]);
            const double after = peak();
            seconds[i].push_back(each);
            parts[i].push_back(operations / each / (0.5 * (before + after)));
            before = after;
        }
    }

    std::vector<paired_result> results;
    for (std::size_t i = 0; i < count; ++i) {
        std::vector<double> against(repetitions);
        for (std::size_t r = 0; r < repetitions; ++r) {
            against[r] = seconds[i][r] / seconds[0][r];
        }
        const double each = median(seconds[i]);
        results.push_back({.seconds = each,
                           .rate = operations / each,
                           .part_of_peak = median(parts[i]),
                           .low = percentile(parts[i], 10.0),
                           .high = percentile(parts[i], 90.0),
                           .against_first = median(against)});
    }
    return results;
}

}  // namespace soma::perf
