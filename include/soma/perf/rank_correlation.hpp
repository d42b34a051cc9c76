// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Spearman's rank correlation: whether one figure orders things as another one does.

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

namespace soma::perf {

/// The rank of each value, 1 for the smallest; equal values share the mean of their ranks.
/// \pre `sample` holds no NaN.
[[nodiscard]] inline std::vector<double> ranks(std::span<const double> sample) {
    std::vector<std::size_t> order(sample.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return sample[a] < sample[b]; });

    std::vector<double> result(sample.size());
    for (std::size_t first = 0; first < order.size();) {
        std::size_t last = first + 1;
        while (last < order.size() && sample[order[last]] == sample[order[first]]) {
            ++last;
        }
        // The ranks first + 1, ..., last.
        const double shared = static_cast<double>(first + 1 + last) / 2;
        for (; first < last; ++first) {
            result[order[first]] = shared;
        }
    }
    return result;
}

/// Spearman's coefficient, from -1 to 1: the correlation of the ranks. NaN where one side has fewer
/// than two different values, for then there is no order to agree with.
///
/// \pre Same sizes; no NaN.
[[nodiscard]] inline double rank_correlation(std::span<const double> a, std::span<const double> b) {
    assert(a.size() == b.size());
    const std::vector<double> x = ranks(a), y = ranks(b);
    const double mean = (static_cast<double>(x.size()) + 1) / 2;  // of both, ties or not
    double xy = 0, xx = 0, yy = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        xy += (x[i] - mean) * (y[i] - mean);
        xx += (x[i] - mean) * (x[i] - mean);
        yy += (y[i] - mean) * (y[i] - mean);
    }
    return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace soma::perf
