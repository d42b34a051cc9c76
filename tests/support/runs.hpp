// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Results of whole programs, to be compared bit by bit.

#include <cstddef>
#include <span>
#include <vector>

#include <soma/runtime/executor.hpp>

#include "support/raw_graph.hpp"
#include "support/samples.hpp"

namespace soma::test {

/// What `Program` makes of `in`, any number of samples, with the weights of seed 17.
template <class Program>
[[nodiscard]] std::vector<float> results(const std::vector<float>& in) {
    using model = typename Program::model_type;
    executor<Program> run{weights<model>(random_parameters<model>(17))};
    std::vector<float> out(in.size() / run.sample_inputs * run.sample_outputs, -77.0F);
    if (run.run(in, out) != run_status::done) {
        out.clear();
    }
    return out;
}

/// `count` samples for `Model`.
template <model_type Model>
[[nodiscard]] std::vector<float> inputs(std::size_t count, unsigned seed = 18) {
    return uniform<float>(count * Model::input_shape::size, seed);
}

}  // namespace soma::test
