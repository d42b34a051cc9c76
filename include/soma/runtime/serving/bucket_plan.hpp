// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Which of several compiled batch sizes a number of samples runs in.

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace soma {

/// A compiled batch size. A run costs its price however much of it is padding.
struct bucket {
    std::size_t samples = 1;
    double ns = 0;  ///< of a run; means nothing if there is no other bucket
};

/// Most batch sizes of one model.
inline constexpr std::size_t max_buckets = 8;

/// For each number of samples up to the largest bucket, `cheapest[n]` is the bucket to run first so
/// that all runs together are as cheap as can be, by dynamic programming over what is left. Among
/// equals it is the largest.
///
/// \tparam Largest samples of the largest bucket
/// \pre some buckets, at most `max_buckets`, in ascending order
template <std::size_t Largest>
[[nodiscard]] constexpr std::array<std::uint8_t, Largest + 1> cheapest_buckets(
    std::span<const bucket> buckets) noexcept {
    std::array<std::uint8_t, Largest + 1> first{};
    std::array<double, Largest + 1> least{};
    for (std::size_t n = 1; n <= Largest; ++n) {
        least[n] = std::numeric_limits<double>::max();
        for (std::size_t i = 0; i < buckets.size(); ++i) {
            const std::size_t size = buckets[i].samples;
            const double ns = buckets[i].ns + (size < n ? least[n - size] : 0);
            if (ns <= least[n]) {
                least[n] = ns;
                first[n] = static_cast<std::uint8_t>(i);
            }
        }
    }
    return first;
}

/// The buckets of one model, somebody else's.
struct bucket_plan {
    std::span<const bucket> buckets{};         ///< none: one that holds whatever there is
    std::span<const std::uint8_t> cheapest{};  ///< empty: there is one bucket

    /// Calls `run(bucket, samples)` for the batches that `samples` samples run in, one behind the
    /// other; the last one may be padded.
    template <class Run>
    constexpr void for_each_run(std::size_t samples, Run&& run) const {
        if (buckets.empty()) {
            run(std::size_t{0}, samples);
            return;
        }
        while (samples > 0) {
            const std::size_t i = cheapest.empty() ? 0 : cheapest[samples];
            const std::size_t now = samples < buckets[i].samples ? samples : buckets[i].samples;
            run(i, now);
            samples -= now;
        }
    }
};

}  // namespace soma
