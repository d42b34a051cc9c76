// SPDX-License-Identifier: MIT
#include <soma/perf/reference_pass.hpp>

#include <algorithm>
#include <cmath>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include <soma/soma.hpp>

#include "perf/networks.hpp"
#include "support/catch.hpp"

using namespace soma;

namespace {

struct skip : model<input<float, 2>, layers::residual<layers::linear<"w", 2>>, layers::relu> {};

parameters<skip> skip_parameters() {
    parameters<skip> values;
    const float weights[] = {1, 2, -3, 4};
    std::copy(std::begin(weights), std::end(weights), values["w.weight"].begin());
    values["w.bias"][0] = 10;
    values["w.bias"][1] = -20;
    return values;
}

}  // namespace

TEST_CASE("a sum keeps what FP32 rounds on the way", "[perf][reference_pass]") {
    const auto network = perf::make_reference_network(skip_parameters()).value();
    perf::reference_pass pass(network);
    const float sample[] = {5, 7};
    pass.run(sample);
    const perf::node_trace& t = pass.of(1);
    // 10 + 1*5 = 15, + 2*7 = 29, + 5 = 34; -20 - 3*5 = -35, + 4*7 = -7, + 7 = 0.
    CHECK(t.sums == std::vector<double>{34, 0});
    CHECK(t.chain_magnitudes == std::vector<double>{5 + 15 + 14 + 29, 15 + 35 + 28 + 7});
    CHECK(t.chain_squares == std::vector<double>{25 + 225 + 196 + 841, 225 + 1225 + 784 + 49});
    CHECK(t.rounded_magnitudes == std::vector<double>{34, 0});
    CHECK(t.rounded_squares == std::vector<double>{1156, 0});
    CHECK(t.slopes == std::vector<double>{1, 0});
    CHECK(t.largest == 34);
    CHECK(pass.output(0) == 34);
}

TEST_CASE("a unit within its own error of the kink counts as awake", "[perf][reference_pass]") {
    const auto network = perf::make_reference_network(skip_parameters()).value();
    perf::reference_pass pass(network, {0x1p-8, 8.0});
    const float sample[] = {5, 6.9375F};  // the second sum is -0.3125
    pass.run(sample);
    CHECK(pass.of(1).results[1] == 0);
    CHECK(pass.of(1).slopes[1] == 1);
    const float far[] = {5, 4};
    pass.run(far);
    CHECK(pass.of(1).slopes[1] == 0);
}

TEST_CASE("where FP32 is exact the reference pass computes the same numbers",
          "[perf][reference_pass]") {
    using model = test::whole_numbers;
    parameters<model> values;
    std::mt19937 engine(1);
    for (const parameter_spec& spec : parameter_table<model>::specs) {
        for (float& value : values.of(spec)) {
            value = std::floor(test::between(engine, -2, 3));
        }
    }
    std::vector<float> samples(3 * model::input_shape::size);
    for (float& value : samples) {
        value = 4 * std::floor(test::between(engine, -4, 5));
    }
    constexpr std::size_t outputs = model::output_shape::size;
    std::vector<float> got(3 * outputs);
    const weights<model> trained(std::move(values));
    executor<program<model>> run{trained};
    REQUIRE(run.run(samples, got) == run_status::done);

    const auto network = perf::make_reference_network(trained.values()).value();
    perf::reference_pass pass(network);
    for (std::size_t s = 0; s < 3; ++s) {
        pass.run(std::span(samples).subspan(s * network.inputs(), network.inputs()));
        for (std::size_t k = 0; k < outputs; ++k) {
            CHECK(pass.output(k) == static_cast<double>(got[s * outputs + k]));
        }
    }
}
