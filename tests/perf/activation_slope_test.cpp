// SPDX-License-Identifier: MIT
#include <soma/perf/activation_slope.hpp>

#include <cmath>

#include <soma/kernels/reference/activation.hpp>

#include "perf/networks.hpp"
#include "support/catch.hpp"

using namespace soma;
using kernels::activation;

namespace {

constexpr activation all[] = {
    activation::none,      activation::relu,         activation::clip,       activation::leaky_relu,
    activation::sigmoid,   activation::tanh,         activation::silu,       activation::gelu,
    activation::gelu_tanh, activation::hard_sigmoid, activation::hard_swish, activation::elu};

kernels::activation_parameters parameters_of(activation kind) {
    return kind == activation::clip ? kernels::activation_parameters{-0.5F, 1.5F}
                                    : kernels::activation_parameters{0.25F, 0.0F};
}

}  // namespace

TEST_CASE("a slope is the derivative of the activation", "[perf][activation_slope]") {
    for (const activation kind : all) {
        const auto parameters = parameters_of(kind);
        for (double x = -6.03; x < 6; x += 0.25) {
            const auto f = [&](double step) {
                return kernels::reference::activate(kind, x + step, parameters);
            };
            // A dozen operations on numbers below 10.
            const auto expected = test::difference_quotient::of(f, 0x1p-12, 120 * 0x1p-53);
            INFO(kernels::name(kind) << " at " << x);
            CHECK(std::abs(perf::activation_slope(kind, x, parameters) - expected.value)
                  <= expected.doubt);
        }
    }
}

TEST_CASE("near a kink the steeper side counts", "[perf][activation_slope]") {
    const kernels::activation_parameters limits{-1.0F, 1.0F};
    CHECK(perf::steepest_slope(activation::relu, -0.5, 0.4, {}) == 0);
    CHECK(perf::steepest_slope(activation::relu, -0.5, 0.6, {}) == 1);
    CHECK(perf::steepest_slope(activation::relu, 0.5, 0.6, {}) == 1);
    CHECK(perf::steepest_slope(activation::leaky_relu, -0.5, 0.6, {0.25F, 0}) == 1);
    CHECK(perf::steepest_slope(activation::leaky_relu, 0.5, 0.6, {-2.0F, 0}) == -2);
    CHECK(perf::steepest_slope(activation::clip, 1.5, 0.4, limits) == 0);
    CHECK(perf::steepest_slope(activation::clip, 1.5, 0.6, limits) == 1);
    CHECK(perf::steepest_slope(activation::clip, 1.5, 100, limits) == 1);
}

TEST_CASE("an activation that moves numbers has no error of its own", "[perf][activation_slope]") {
    for (const activation kind : {activation::none, activation::relu, activation::clip}) {
        CHECK(perf::activation_roundoffs(kind, -0.3) == 0);
    }
    CHECK(perf::activation_roundoffs(activation::gelu, 1.0) > 0);
}
