// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a server has to know of a program, without its type.

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <soma/compile/program_name.hpp>
#include <soma/policy/schedule.hpp>
#include <soma/runtime/executor.hpp>
#include <soma/runtime/serving/batch_worker.hpp>
#include <soma/runtime/weights.hpp>

namespace soma {

/// What runs the batches of one worker, and the memory that it has.
struct model_runner {
    run_batch run;
    std::size_t activation_bytes = 0;
    std::span<const std::byte> packed{};  ///< shared by all runners of the same weights
};

/// A program with weights, ready to be served.
struct servable_model {
    std::string program;  ///< precision and schedule
    batch_shape shape{};
    int cores = 1;                         ///< that a batch keeps busy
    std::size_t weight_bytes = 0;          ///< of its packed parameters
    std::function<model_runner()> make{};  ///< called on each worker's thread; may throw
};

/// `Program` with these weights.
template <class Program>
[[nodiscard]] servable_model make_servable(weights<typename Program::model_type> trained) {
    using run_type = executor<Program>;
    return {.program = std::string(program_name<Program>.view()),
            .shape = {Program::samples, run_type::sample_inputs, run_type::sample_outputs},
            .cores = cores_per_run<typename Program::schedule_type>,
            .weight_bytes = Program::packed_bytes,
            .make = [trained = std::move(trained)]() -> model_runner {
                auto own = std::make_shared<run_type>(trained);
                const std::size_t arenas = own->arena_bytes();
                const auto packed = own->packed_weights();
                return {[own = std::move(own)](const float* in, float* out, std::size_t samples) {
                            static_cast<void>(
                                own->run(std::span(in, samples * run_type::sample_inputs),
                                         std::span(out, samples * run_type::sample_outputs)));
                        },
                        arenas, packed};
            }};
}

}  // namespace soma
