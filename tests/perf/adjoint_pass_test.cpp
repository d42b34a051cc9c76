// SPDX-License-Identifier: MIT
#include <soma/perf/adjoint_pass.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

#include <soma/soma.hpp>

#include "perf/networks.hpp"
#include "support/catch.hpp"

using namespace soma;
using perf::reader;

namespace {

/// Bound on the error of an output that was computed in double: every operation of the network
/// could add one rounding of a number no larger than all partial sums together.
double roundoff_of(const perf::reference_network& network, const perf::reference_pass& pass) {
    double magnitudes = 1;
    for (std::size_t i = 0; i < network.nodes.size(); ++i) {
        for (const double m : pass.of(i).rounded_magnitudes) {
            magnitudes += m;
        }
        for (const double m : pass.of(i).chain_magnitudes) {
            magnitudes += m;
        }
    }
    return magnitudes * 0x1p-53;
}

struct skip : model<input<float, 2>, layers::residual<layers::linear<"w", 2>>> {};

}  // namespace

TEMPLATE_TEST_CASE("derivatives by the input are those of difference quotients",
                   "[perf][adjoint_pass]",
                   test::every_layer,
                   test::branches,
                   test::deep_relu) {
    const auto network = perf::make_reference_network(test::random_parameters<TestType>(3)).value();
    auto sample = test::random_samples<TestType>(1, 4);
    for (float& value : sample) {
        value = std::round(value * 0x1p8F) * 0x1p-8F;  // so that steps are taken without a rounding
    }
    perf::reference_pass pass(network);
    perf::adjoint_pass adjoint(network, {});
    for (std::size_t first = 0; first < network.outputs(); first += perf::adjoint_lanes) {
        pass.run(sample);
        const double roundoff = roundoff_of(network, pass);
        adjoint.run(pass, first);
        const std::vector<perf::lanes> gradient(adjoint.input_gradient().begin(),
                                                adjoint.input_gradient().end());
        for (std::size_t i = 0; i < sample.size(); ++i) {
            for (std::size_t lane = 0;
                 lane < perf::adjoint_lanes && first + lane < network.outputs(); ++lane) {
                const auto f = [&](double step) {
                    auto moved = sample;
                    moved[i] += static_cast<float>(step);
                    pass.run(moved);
                    return pass.output(first + lane);
                };
                const auto expected = test::difference_quotient::of(f, 0x1p-10, roundoff);
                const double got = gradient[perf::value_index(network.nodes[0].out, i)].at[lane];
                CHECK(std::abs(got - expected.value) <= expected.doubt);
            }
        }
    }
}

TEMPLATE_TEST_CASE("the effect of weights is that of moving each of them",
                   "[perf][adjoint_pass]",
                   test::every_layer,
                   test::branches) {
    auto network = perf::make_reference_network(test::random_parameters<TestType>(5)).value();
    const auto sample = test::random_samples<TestType>(1, 6);
    perf::reference_pass pass(network);
    pass.run(sample);
    const double roundoff = roundoff_of(network, pass);
    perf::adjoint_pass adjoint(network, {});
    const perf::effect found = adjoint.run(pass, 0).weights_bf16;

    perf::lanes squares, magnitudes, doubt;
    for (perf::reference_node& n : network.nodes) {
        for (std::size_t i = 0; is_matmul(n.kind) && i < n.weights.size(); ++i) {
            const double weight = n.weights[i];
            for (std::size_t lane = 0; lane < perf::adjoint_lanes && lane < network.outputs();
                 ++lane) {
                const auto f = [&](double step) {
                    n.weights[i] = weight + step;
                    pass.run(sample);
                    return pass.output(lane);
                };
                const auto g = test::difference_quotient::of(f, 0x1p-16, roundoff);
                n.weights[i] = weight;
                squares.at[lane] += g.value * g.value * weight * weight;
                magnitudes.at[lane] += std::abs(g.value * weight);
                doubt.at[lane] += g.doubt * std::abs(weight);
            }
        }
    }
    for (std::size_t lane = 0; lane < perf::adjoint_lanes; ++lane) {
        CHECK(std::abs(found.magnitudes.at[lane] - magnitudes.at[lane]) <= doubt.at[lane]);
        CHECK(std::abs(std::sqrt(found.squares.at[lane]) - std::sqrt(squares.at[lane]))
              <= doubt.at[lane]);
    }
}

TEST_CASE("a rounding reaches an output through its readers only", "[perf][adjoint_pass]") {
    parameters<skip> values;
    const float weights[] = {1, 2, -3, 4};
    std::copy(std::begin(weights), std::end(weights), values["w.weight"].begin());
    const auto network = perf::make_reference_network(values).value();
    const perf::rounding_site sites[] = {{0, perf::set_of(reader::operand), format::bf16},
                                         {0, perf::set_of(reader::storage), format::bf16},
                                         {0, perf::all_readers, format::bf16},
                                         {1, perf::all_readers, format::f16}};
    perf::reference_pass pass(network);
    perf::adjoint_pass adjoint(network, sites);

    // BF16 holds neither 1 + 2^-9 nor 3 (1 + 2^-9).
    const float sample[] = {1 + 0x1p-9F, 3 + 3 * 0x1p-9F};
    const auto x = static_cast<double>(sample[0]);
    const auto y = static_cast<double>(sample[1]);
    pass.run(sample);
    const auto& found = adjoint.run(pass, 0).sites;
    CHECK(found[0].squares.at[0] == x * x + 4 * y * y);
    CHECK(found[1].squares.at[0] == x * x);
    CHECK(found[2].squares.at[0] == 4 * x * x + 4 * y * y);
    CHECK(found[2].magnitudes.at[1] == 3 * x + 5 * y);
    CHECK(found[3].magnitudes.at[0] == 2 * x + 2 * y);

    const float exact[] = {1, 3};
    pass.run(exact);
    CHECK(adjoint.run(pass, 0).sites[2].squares.at[0] == 0);
}
