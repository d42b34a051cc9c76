// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What one worker does with one batch: gather, run, scatter.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <span>
#include <vector>

#include <soma/runtime/serving/batch_former.hpp>
#include <soma/runtime/serving/bucket_plan.hpp>
#include <soma/runtime/serving/request.hpp>
#include <soma/runtime/serving/server_options.hpp>
#include <soma/runtime/serving/server_status.hpp>

namespace soma {

/// Sizes of one compiled model, without its type.
struct batch_shape {
    std::size_t samples = 1;   ///< of a full batch
    std::size_t inputs = 1;    ///< values of one sample
    std::size_t outputs = 1;   ///< values of one result
    bucket_plan plan{};        ///< the batches that smaller numbers of samples run in
    std::size_t in_a_row = 1;  ///< full batches that a worker takes at once where there are as many

    /// Most samples that a worker takes at once.
    [[nodiscard]] constexpr std::size_t most() const noexcept { return samples * in_a_row; }
};

/// Runs up to `batch_shape::most()` samples that lie one behind the other.
using run_batch = std::function<void(const float* in, float* out, std::size_t samples)>;

/// A worker's own memory. Allocates in its constructor only.
class batch_worker {
public:
    batch_worker(const batch_shape& shape,
                 const server_processing& processing,
                 bool detect_nan,
                 std::size_t requests)
        : shape_(shape),
          processing_(processing),
          detect_nan_(detect_nan),
          inputs_(processing.inputs != 0 ? processing.inputs : shape.inputs),
          outputs_(processing.outputs != 0 ? processing.outputs : shape.outputs),
          in_(shape.most() * shape.inputs),
          out_(shape.most() * shape.outputs) {
        parts.reserve(shape.most());
        ended.reserve(requests);
    }

    /// Runs `parts`; those whose processing throws or whose results have a NaN get an error.
    void run(const run_batch& model) noexcept {
        samples = 0;
        for (const batch_part& part : parts) {
            samples += part.count;
        }
        if (parts.size() == 1 && !processing_.before && !processing_.after) {
            batch_part& part = parts.front();
            float* const out = part.out + part.first * outputs_;
            model(part.in + part.first * inputs_, out, part.count);
            check({out, part.count * outputs_}, part);
            return;
        }
        gather();
        model(in_.data(), out_.data(), samples);
        scatter();
    }

    /// Frees what batches are gathered in; nothing runs any more.
    void retire() noexcept {
        parts = {};
        ended = {};
        in_ = {};
        out_ = {};
    }

    [[nodiscard]] std::size_t memory_bytes() const noexcept {
        return parts.capacity() * sizeof(batch_part) + ended.capacity() * sizeof(std::uint32_t)
               + cores.capacity() * sizeof(int)
               + (in_.capacity() + out_.capacity()) * sizeof(float);
    }

    std::vector<batch_part> parts;     ///< of the batch that runs
    std::vector<std::uint32_t> ended;  ///< requests to be finished
    std::size_t samples = 0;           ///< of the last batch
    worker_status status{};            ///< under the pool's lock
    bool expected = false;             ///< it has seen a batch and will take it; likewise
    int index = 0;                     ///< among the workers of its server
    std::vector<int> cores{};          ///< of the group, that the batch holds; for the timeline

private:
    void gather() noexcept {
        float* to = in_.data();
        for (batch_part& part : parts) {
            const float* from = part.in + part.first * inputs_;
            if (!processing_.before) {
                to = std::copy_n(from, part.count * inputs_, to);
                continue;
            }
            for (std::size_t i = 0; i < part.count; ++i, from += inputs_, to += shape_.inputs) {
                // What is left of a failed part runs as zeros: its neighbours do not see it.
                std::fill_n(to, shape_.inputs, 0.0F);
                process(processing_.before, {from, inputs_}, {to, shape_.inputs}, part);
            }
        }
    }

    void scatter() noexcept {
        const float* from = out_.data();
        for (batch_part& part : parts) {
            const std::size_t values = part.count * shape_.outputs;
            float* to = part.out + part.first * outputs_;
            check({from, values}, part);
            if (!processing_.after) {
                if (part.error == nullptr) {
                    std::copy_n(from, values, to);
                }
                from += values;
                continue;
            }
            for (std::size_t i = 0; i < part.count; ++i, from += shape_.outputs, to += outputs_) {
                process(processing_.after, {from, shape_.outputs}, {to, outputs_}, part);
            }
        }
    }

    /// Calls a function of the user's, unless one has thrown for this request.
    static void process(const server_processing::function& f,
                        std::span<const float> from,
                        std::span<float> to,
                        batch_part& part) noexcept {
        if (part.error == nullptr) {
            try {
                f(from, to);
            } catch (...) {
                part.error = std::current_exception();
            }
        }
    }

    void check(std::span<const float> results, batch_part& part) const noexcept {
        if (detect_nan_ && part.error == nullptr
            && std::any_of(results.begin(), results.end(),
                           [](float value) { return std::isnan(value); })) {
            part.error = std::make_exception_ptr(nan_result{});
        }
    }

    batch_shape shape_;
    const server_processing& processing_;
    bool detect_nan_;
    std::size_t inputs_;
    std::size_t outputs_;
    std::vector<float> in_;
    std::vector<float> out_;
};

}  // namespace soma
