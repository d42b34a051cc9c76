// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Clients of a service: those that wait for an answer before they ask again, and those that come
/// when they come.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <soma/runtime/serving/batch_worker.hpp>

#include "compiled_network.hpp"

namespace bench {

/// Samples to choose from.
struct samples {
    std::vector<float> values;
    std::size_t inputs = 1;
    std::size_t outputs = 1;

    [[nodiscard]] std::size_t count() const noexcept { return values.size() / inputs; }
    [[nodiscard]] std::span<const float> operator[](std::size_t i) const noexcept {
        return std::span(values).subspan(i % count() * inputs, inputs);
    }
};

/// What a load was like from outside.
struct load_result {
    double requests_per_s = 0.0;
    double cpu_us = 0.0;               ///< of the whole process, for each request
    std::vector<double> latency_ms{};  ///< of each request
    std::vector<double> late_ms{};     ///< how much later than intended each was sent
    double batch_fill = 0.0;
};

/// How many clients there are, and how many requests each has under way.
struct closed_load {
    int clients = 1;
    int window = 1;
    double seconds = 1.0;
};

/// Clients of single samples, each of which sends the next request when its oldest is answered.
/// Latency is from `submit` to the answer. \throws std::runtime_error if a request is not done
[[nodiscard]] load_result closed_loop(const service& to, const samples& from, closed_load load);

/// The same number of executors in loops of full batches, a thread each and nothing between:
/// what there is to gain. A "request" is one sample.
[[nodiscard]] load_result direct_loop(std::span<const soma::run_batch> executors,
                                      std::size_t batch,
                                      const samples& from,
                                      double seconds);

/// Requests that arrive as a Poisson process, whether or not others have been answered.
struct open_load {
    double rate = 100.0;  ///< requests per second
    double seconds = 1.0;
    std::uint64_t seed = 1;
};

/// Latency is from the moment at which the process wants a request to arrive to its result, so a
/// service that falls behind, or keeps its clients from sending, is not flattered by requests that
/// were sent late. \throws std::runtime_error if a request is not done
[[nodiscard]] load_result open_loop(const service& to, const samples& from, open_load load);

/// The median time of a full batch on one thread, in ms.
[[nodiscard]] double run_ms(const soma::run_batch& executor,
                            std::size_t batch,
                            const samples& from,
                            double seconds);

}  // namespace bench
