// SPDX-License-Identifier: MIT
#include <soma/perf/error_bound.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <soma/soma.hpp>

#include "perf/networks.hpp"
#include "support/catch.hpp"

using namespace soma;

namespace {

constexpr double failure = 1e-9;

template <class Model, class... Precisions>
std::vector<perf::rounding_plan> plans() {
    return {perf::plan_roundings<Model, Precisions>()...};
}

/// The largest share of its bound that any output of any sample takes up under `Precision`.
template <class Precision, class Model>
double largest_share(const weights<Model>& trained, const std::vector<float>& samples) {
    const auto network = perf::make_reference_network(trained.values()).value();
    const std::size_t outputs = samples.size() / network.inputs() * network.outputs();
    std::vector<float> got(outputs);
    executor<program<Model, Precision, batch<2>>> run{trained};
    REQUIRE(run.run(samples, got) == run_status::done);
    const double deviations = perf::deviations_for(failure, outputs);
    const auto analysis =
        perf::analyse_errors(network, plans<Model, Precision>(), samples, deviations);
    double largest = 0;
    for (std::size_t i = 0; i < outputs; ++i) {
        const double error = std::abs(static_cast<double>(got[i]) - analysis.reference[i]);
        const perf::error_bound bound = analysis.spread(0, i).bound(deviations);
        CHECK(bound.probable <= bound.worst_case);
        largest = std::max(largest, error / bound.probable);
    }
    return largest;
}

template <class Model, class... Precisions>
void check_bounds() {
    for (unsigned seed = 1; seed <= 4; ++seed) {
        const weights<Model> trained(test::random_parameters<Model>(seed));
        const auto samples = test::random_samples<Model>(6, 100 + seed);
        for (const double share : {largest_share<Precisions>(trained, samples)...}) {
            CHECK(share <= 1);
            // Errors spread evenly over +-c deviate by c / sqrt(3), and c, half an ulp of a power
            // of two, is on average 1 / 1.4 of u |y|: eight deviations allow for 19 times the
            // typical error of one output. Five times more would be slack in the analysis.
            CHECK(share >= 1.0 / 100);
        }
    }
}

}  // namespace

TEMPLATE_TEST_CASE("every precision stays within its bound and not far below it",
                   "[perf][error_bound]",
                   test::every_layer,
                   test::branches,
                   test::deep_relu) {
    check_bounds<TestType, fp32, fp16, bf16, matmul_cast<bf16>, matmul_cast<fp16>,
                 auto_cast<bf16>>();
}

TEST_CASE("deviations grow with the number of bounds that must hold", "[perf][error_bound]") {
    // 2 exp(-lambda^2 / 2) of each, times their number, is what was asked for.
    for (const double outputs : {1.0, 4500.0}) {
        const double lambda = perf::deviations_for(failure, static_cast<std::size_t>(outputs));
        const double total = outputs * 2 * std::exp(-lambda * lambda / 2);
        CHECK(std::abs(total - failure) <= 1e-12 * failure);
    }
}

TEST_CASE("the probable bound is never above the worst case", "[perf][error_bound]") {
    const perf::error_spread one{4, 2};
    CHECK(one.bound(8).probable == 2);
    CHECK(one.bound(8).worst_case == 2);
    const perf::error_spread two = one + perf::error_spread{5, 100};
    CHECK(two.bound(8).probable == 24);
    CHECK(two.bound(8).worst_case == 102);
}

TEST_CASE("the analysis does not depend on threads or on the company of other plans",
          "[perf][error_bound]") {
    using model = test::deep_relu;
    const auto network = perf::make_reference_network(test::random_parameters<model>(1)).value();
    const auto samples = test::random_samples<model>(5, 2);
    const auto alone = perf::analyse_errors(network, plans<model, bf16>(), samples, 8);
    const auto together = perf::analyse_errors(network, plans<model, fp16, bf16>(), samples, 8, 3);
    CHECK(together.samples == 5);
    CHECK(together.reference == alone.reference);
    for (std::size_t i = 0; i < 50; ++i) {
        CHECK(together.spread(1, i).squares == alone.spread(0, i).squares);
        CHECK(together.spread(1, i).magnitudes == alone.spread(0, i).magnitudes);
        CHECK(together.spread(0, i).squares < alone.spread(0, i).squares);
    }
}

TEST_CASE("a value that FP16 cannot hold has no bound", "[perf][error_bound]") {
    using model = test::deep_relu;
    auto values = test::random_parameters<model>(1);
    for (float& weight : values["c1.weight"]) {
        weight *= 100'000;
    }
    const auto network = perf::make_reference_network(values).value();
    const auto analysis = perf::analyse_errors(network, plans<model, fp16, bf16>(),
                                               test::random_samples<model>(1, 2), 8);
    CHECK(std::isinf(analysis.spread(0, 0).bound(8).probable));
    CHECK(std::isfinite(analysis.spread(1, 0).bound(8).worst_case));
}

TEST_CASE("no samples have no errors", "[perf][error_bound]") {
    using model = test::branches;
    const auto network = perf::make_reference_network(test::random_parameters<model>(1)).value();
    CHECK(perf::analyse_errors(network, plans<model, bf16>(), {}, 8, 2).reference.empty());
}
