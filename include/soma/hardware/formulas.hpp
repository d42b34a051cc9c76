// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The vendor's published rules of thumb for batch size, pipeline cores, buckets, requests in
/// flight, workers and cost. First guesses: the cost model of `compile/predict.hpp` knows better.
///
/// Sources are pages of the Neuron documentation, release 2.20.1, unless another is named.

#include <cstddef>

namespace soma {

namespace detail {

[[nodiscard]] constexpr long long round_to_nearest(double x) noexcept {
    const auto whole = static_cast<long long>(x);
    return whole + (x - static_cast<double>(whole) < 0.5 ? 0 : 1);
}
[[nodiscard]] constexpr long long round_upwards(double x) noexcept {
    const auto whole = static_cast<long long>(x);
    return whole + (static_cast<double>(whole) < x ? 1 : 0);
}

}  // namespace detail

/// The batch for which reading the weights takes half as long as the arithmetic: smaller ones wait
/// for memory, larger ones add latency only (general/arch/neuron-features/neuroncore-batching).
///
/// \param flops_per_second peak of the chip
/// \param bytes_per_second of device memory; the page's table has 50e9 for Inferentia and 820e9 for
/// Trainium, in decimal gigabytes
/// \param model_flops      of one sample, multiplications and additions
/// \param dense_parameters learned numbers that products read
/// \param parameter_bytes  of one of them
[[nodiscard]] constexpr int optimal_batch(double flops_per_second,
                                          double bytes_per_second,
                                          double model_flops,
                                          double dense_parameters,
                                          std::size_t parameter_bytes) noexcept {
    const double bytes = dense_parameters * static_cast<double>(parameter_bytes);
    const auto batch =
        detail::round_upwards(0.5 * (flops_per_second / bytes_per_second) / (model_flops / bytes));
    return batch < 1 ? 1 : static_cast<int>(batch);
}

/// Cores of a pipeline that keep a network's weights on chip, as the documentation has it:
/// 4 x round(weights / 2e7) (general/arch/neuron-features/neuroncore-pipeline). At least 1, which
/// the page does not say: below ten million weights its formula is 0.
[[nodiscard]] constexpr int suggested_pipeline_cores(long long weights) noexcept {
    const auto cores = 4 * detail::round_to_nearest(static_cast<double>(weights) / 2e7);
    return cores < 1 ? 1 : static_cast<int>(cores);
}

/// Variants of a model for inputs of different sizes that one core's device memory holds: round(1e9
/// / weights), at least one (general/appnotes/torch-neuron/bucketing-app-note).
[[nodiscard]] constexpr int bucket_count(long long weights) noexcept {
    const auto buckets = detail::round_to_nearest(1e9 / static_cast<double>(weights));
    return buckets < 1 ? 1 : static_cast<int>(buckets);
}

/// Requests that a model copy on so many cores has outstanding at most, by default: what
/// NEURON_MAX_NUM_INFERS overrides.
[[nodiscard]] constexpr int default_in_flight(int cores) noexcept {
    return cores + 3;
}

/// Workers of each copy that NeuronPerf tries beside a single one
/// (src/neuronperf, `workers_per_model`).
[[nodiscard]] constexpr int neuronperf_workers(int pipeline_cores) noexcept {
    return pipeline_cores == 1 ? 2 : pipeline_cores - 1;
}

/// Dollars for a million samples: 1e6 / throughput seconds of an instance
/// (general/benchmarks/inf1/index).
///
/// \pre `samples_per_second > 0`
[[nodiscard]] constexpr double cost_per_million(double samples_per_second,
                                                double dollars_per_hour) noexcept {
    return (1e6 / samples_per_second) * (dollars_per_hour / 3600);
}

}  // namespace soma
