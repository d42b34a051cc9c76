// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Whether a program agrees with its model's raw graph, within the error derived for its precision.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iostream>
#include <limits>
#include <type_traits>
#include <vector>

#include <soma/runtime/executor.hpp>

#include "support/catch.hpp"
#include "support/models.hpp"
#include "support/raw_graph.hpp"
#include "support/samples.hpp"

namespace soma::test {

/// Errors of a run as fractions of their bounds.
struct agreement {
    double worst = 0;          ///< largest error / bound
    double largest_bound = 0;  ///< bound / largest value of the result
};

/// Runs `Program` over `count` samples and compares each with the raw graph.
template <class Program>
[[nodiscard]] agreement compare(std::size_t count, signs of, custom_definition custom) {
    using model = typename Program::model_type;
    parameters<model> values = random_parameters<model>(17, of);
    executor<Program> run{weights<model>(random_parameters<model>(17, of))};
    const std::vector<float> in =
        uniform<float>(count * run.sample_inputs, 18, of == signs::positive ? 0.1F : -2.0F);
    std::vector<float> out(count * run.sample_outputs, -77.0F);
    // First something that would stick: what a run leaves in memory must not reach the next one,
    // not even through the lanes that pad a pixel.
    const std::vector<float> poison(in.size(), std::numeric_limits<float>::quiet_NaN());
    REQUIRE(run.run(poison, out) == run_status::done);
    REQUIRE(run.run(in, out) == run_status::done);

    raw_evaluation<model, typename Program::precision_type> define(values, std::move(custom));
    agreement found;
    double largest = 0;
    for (std::size_t s = 0; s < count; ++s) {
        const field want = define(std::span(in).subspan(s * run.sample_inputs, run.sample_inputs));
        REQUIRE(want.value.size() == run.sample_outputs);
        for (std::size_t i = 0; i < run.sample_outputs; ++i) {
            const auto got = static_cast<double>(out[s * run.sample_outputs + i]);
            const double error = std::abs(got - want.value[i]);
            // A NaN is an error, too.
            const double ratio = std::isnan(got) ? INFINITY : error / want.error[i];
            found.worst = std::max(found.worst, ratio);
            found.largest_bound = std::max(found.largest_bound, want.error[i]);
            largest = std::max(largest, std::abs(want.value[i]));
        }
    }
    found.largest_bound /= largest;
    std::cout << Program::precision_type::name << ": worst error / bound " << found.worst
              << ", bound / largest value " << found.largest_bound << '\n';
    return found;
}

/// `compare` for every precision; a bound that a wrong result could hide in would be no test.
///
/// FP32 is checked on terms of both signs and on positive ones, whose bound is a thousand times
/// tighter. Narrow formats take `narrow_signs`: in a deep network whose terms cancel, their worst
/// case is larger than the results.
template <class Model>
void agrees_in_every_precision(signs narrow_signs, const custom_definition& custom = {}) {
    const auto check = [&]<class Precision>(std::type_identity<Precision>, signs of,
                                            double useful) {
        const agreement found = compare<program<Model, Precision, batch<2>>>(3, of, custom);
        INFO(Precision::name);
        CHECK(found.worst <= 1);
        CHECK(found.largest_bound < useful);
    };
    check(std::type_identity<fp32>{}, signs::mixed, 1);
    check(std::type_identity<fp32>{}, signs::positive, 1e-3);
    check(std::type_identity<fp16>{}, narrow_signs, 1);
    check(std::type_identity<bf16>{}, narrow_signs, 1);
    check(std::type_identity<matmul_cast<bf16>>{}, narrow_signs, 1);
    check(std::type_identity<matmul_cast<fp16>>{}, narrow_signs, 1);
    check(std::type_identity<auto_cast<bf16>>{}, narrow_signs, 1);
}

}  // namespace soma::test
