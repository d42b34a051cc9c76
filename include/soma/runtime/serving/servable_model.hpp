// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a server has to know of a program, without its type.

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <soma/runtime/any_executor.hpp>
#include <soma/runtime/serving/batch_worker.hpp>
#include <soma/runtime/serving/buckets.hpp>
#include <soma/runtime/weights/weights.hpp>

namespace soma {

/// What runs the batches of one worker, and the memory that it has.
struct model_runner {
    run_batch run;
    std::size_t activation_bytes = 0;
    std::span<const std::byte> packed{};  ///< shared by all runners of the same weights
};

/// A program with weights, or several with different batches, ready to be served.
struct servable_model {
    std::string program;  ///< precision and schedule, of the largest batch
    batch_shape shape{};
    int cores = 1;                         ///< that a batch keeps busy
    std::size_t weight_bytes = 0;          ///< of its packed parameters
    std::function<model_runner()> make{};  ///< called on each worker's thread; may throw
};

/// A program or `buckets`, with these weights.
template <class Served>
[[nodiscard]] servable_model make_servable(weights<typename Served::model_type> trained) {
    using all = as_buckets_t<Served>;
    using run_type = any_executor_of<typename all::model_type>;
    return {.program = std::string(all::name()),
            .shape = {all::samples, run_type::sample_inputs, run_type::sample_outputs, all::plan(),
                      all::in_a_row},
            .cores = all::cores,
            .weight_bytes = all::packed_bytes,
            .make = [trained = std::move(trained)]() -> model_runner {
                const auto own = std::make_shared<std::vector<run_type>>();
                model_runner runner;
                own->reserve(all::count);
                for (std::size_t i = 0; i < all::count; ++i) {
                    own->push_back(all::make(i, trained));
                    runner.activation_bytes += own->back().arena_bytes();
                    runner.packed = own->back().packed_weights();
                }
                runner.run = [own](const float* in, float* out, std::size_t samples) {
                    if constexpr (all::count == 1) {  // which knows how batches follow each other
                        static_cast<void>(
                            own->front().run(std::span(in, samples * run_type::sample_inputs),
                                             std::span(out, samples * run_type::sample_outputs)));
                    } else {
                        all::plan().for_each_run(samples, [&](std::size_t i, std::size_t now) {
                            static_cast<void>(
                                (*own)[i].run(std::span(in, now * run_type::sample_inputs),
                                              std::span(out, now * run_type::sample_outputs)));
                            in += now * run_type::sample_inputs;
                            out += now * run_type::sample_outputs;
                        });
                    }
                };
                return runner;
            }};
}

}  // namespace soma
