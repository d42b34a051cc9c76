// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Order statistics and means of a handful of measurements.

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace soma::perf {

namespace detail {

/// The value at `percent` of an already sorted sample.
[[nodiscard]] inline double percentile_of_sorted(std::span<const double> sorted,
                                                 double percent) noexcept {
    const double rank = percent / 100.0 * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(std::floor(rank));
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    const double part = rank - static_cast<double>(below);
    // Written so that part = 0 gives sorted[below] exactly, also beside an infinity.
    return part == 0.0 ? sorted[below] : sorted[below] + part * (sorted[above] - sorted[below]);
}

[[nodiscard]] inline std::vector<double> sorted_copy(std::span<const double> sample) {
    std::vector<double> copy(sample.begin(), sample.end());
    std::sort(copy.begin(), copy.end());
    return copy;
}

}  // namespace detail

/// The value below which `percent` of the sample lies, interpolated linearly between the two
/// nearest ranks: rank = percent / 100 * (count - 1), so 0 is the minimum and 100 the maximum.
///
/// \pre `sample` is not empty and holds no NaN; `0 <= percent <= 100`.
[[nodiscard]] inline double percentile(std::span<const double> sample, double percent) {
    assert(!sample.empty() && percent >= 0.0 && percent <= 100.0);
    return detail::percentile_of_sorted(detail::sorted_copy(sample), percent);
}

/// The middle value, or the mean of the two middle ones. \pre `sample` is not empty, holds no NaN.
[[nodiscard]] inline double median(std::span<const double> sample) {
    return percentile(sample, 50.0);
}

/// The sum over the count. \pre `sample` is not empty.
[[nodiscard]] inline double mean(std::span<const double> sample) noexcept {
    assert(!sample.empty());
    double sum = 0.0;
    for (const double value : sample) {
        sum += value;
    }
    return sum / static_cast<double>(sample.size());
}

/// The mean in which each value counts `weights` times. \pre Same sizes; a positive sum of weights.
[[nodiscard]] inline double weighted_mean(std::span<const double> sample,
                                          std::span<const double> weights) noexcept {
    assert(sample.size() == weights.size());
    double sum = 0.0;
    double total = 0.0;
    for (std::size_t i = 0; i < sample.size(); ++i) {
        sum += weights[i] * sample[i];
        total += weights[i];
    }
    return sum / total;
}

/// What a report says about one repeated measurement.
struct summary {
    std::size_t count = 0;
    double min = 0.0, p50 = 0.0, mean = 0.0, p90 = 0.0, p95 = 0.0, p99 = 0.0, max = 0.0;
};

/// Sorts once and reads every statistic. \pre `sample` is not empty and holds no NaN.
[[nodiscard]] inline summary summarize(std::span<const double> sample) {
    assert(!sample.empty());
    const std::vector<double> sorted = detail::sorted_copy(sample);
    const auto at = [&](double percent) { return detail::percentile_of_sorted(sorted, percent); };
    return {.count = sorted.size(),
            .min = sorted.front(),
            .p50 = at(50.0),
            .mean = perf::mean(sorted),
            .p90 = at(90.0),
            .p95 = at(95.0),
            .p99 = at(99.0),
            .max = sorted.back()};
}

}  // namespace soma::perf
