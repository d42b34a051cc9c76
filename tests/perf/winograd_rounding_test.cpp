// SPDX-License-Identifier: MIT
#include <soma/perf/winograd_rounding.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iostream>
#include <vector>

#include <soma/perf/error_bound.hpp>
#include <soma/soma.hpp>

#include "perf/networks.hpp"
#include "support/catch.hpp"

using namespace soma;

namespace {

/// Both sizes of tiles, ReLUs, a residual, a batch normalisation, sizes that end amid a tile.
struct filtered_net : model<input<float, 16, 26, 23>,
                            layers::conv2d<"c1", 32, 3, padding<1>>,
                            layers::batch_norm<"n1">,
                            layers::relu,
                            layers::residual<layers::conv2d<"c2", 32, 3, padding<1>, with_bias>>,
                            layers::relu,
                            layers::max_pool<2>,
                            layers::conv2d<"c3", 64, 1>,
                            layers::relu,
                            layers::conv2d<"c4", 64, 3, padding<1>>,
                            layers::relu,
                            layers::global_average_pool,
                            layers::linear<"fc", 10>> {};

constexpr double failure = 1e-9;

template <class Precision>
int filtered_nodes() {
    int count = 0;
    for (const plan_node& n : program<filtered_net, Precision>::nodes) {
        count += n.algorithm != kernels::algorithm::direct ? 1 : 0;
    }
    return count;
}

}  // namespace

TEST_CASE("a filtered program stays within its bound and not far below it", "[perf][error_bound]") {
    REQUIRE(filtered_nodes<winograd<fp32>>() == 3);
    REQUIRE(filtered_nodes<fp32>() == 0);
    for (unsigned seed = 1; seed <= 3; ++seed) {
        const weights<filtered_net> trained(test::random_parameters<filtered_net>(seed));
        const auto samples = test::random_samples<filtered_net>(4, 100 + seed);
        const auto network = perf::make_reference_network(trained.values()).value();
        std::vector<float> got(40), direct(40);
        executor<program<filtered_net, winograd<fp32>, batch<2>>> run{trained};
        executor<program<filtered_net, fp32>> run_direct{trained};
        REQUIRE(run.run(samples, got) == run_status::done);
        REQUIRE(run_direct.run(samples, direct) == run_status::done);
        const double deviations = perf::deviations_for(failure, got.size());
        const std::vector<perf::rounding_plan> plans{
            perf::plan_roundings<filtered_net, winograd<fp32>>(),
            perf::plan_roundings<filtered_net, fp32>()};
        const auto analysis = perf::analyse_errors(network, plans, samples, deviations);
        double largest = 0, largest_direct = 0;
        for (std::size_t i = 0; i < got.size(); ++i) {
            const perf::error_bound bound = analysis.spread(0, i).bound(deviations);
            const perf::error_bound less = analysis.spread(1, i).bound(deviations);
            CHECK(less.probable != bound.probable);
            largest =
                std::max(largest, std::abs(static_cast<double>(got[i]) - analysis.reference[i])
                                      / bound.probable);
            largest_direct = std::max(
                largest_direct,
                std::abs(static_cast<double>(direct[i]) - analysis.reference[i]) / less.probable);
        }
        std::cout << "winograd<fp32>: worst error / bound " << largest << ", fp32 "
                  << largest_direct << '\n';
        CHECK(largest <= 1);
        CHECK(largest_direct <= 1);
        CHECK(largest >= 1.0 / 100);
    }
}

TEST_CASE("the transformed products give the convolution", "[perf][error_bound]") {
    const auto network =
        perf::make_reference_network(test::random_parameters<filtered_net>(4)).value();
    const auto samples = test::random_samples<filtered_net>(1, 5);
    perf::reference_pass values(network, {0, 8, true});
    values.run(samples);
    int nodes = 0;
    for (std::size_t i = 0; i < network.nodes.size(); ++i) {
        const perf::reference_node& n = network.nodes[i];
        const perf::winograd_trace& trace = values.of(i).filtering;
        if (trace.empty()) {
            continue;
        }
        ++nodes;
        // Output (1, 0) of the first tile in the last channel.
        const std::size_t o = n.channels_out() - 1;
        const perf::detail::winograd_view w(n);
        double sum = n.bias[o];
        for (std::size_t p = 0; p < w.positions(); ++p) {
            sum += w.out(1, p / w.n) * w.out(0, p % w.n) * trace.products[p * n.channels_out() + o];
        }
        const std::size_t at = static_cast<std::size_t>(n.out.w) * n.channels_out() + o;
        const double added = n.residual < 0 ? 0.0 : values.of(n.residual).results[at];
        CHECK(std::abs(sum + added - values.of(i).sums[at]) < 1e-11);
    }
    CHECK(nodes == 3);
}
