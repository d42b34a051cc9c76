// SPDX-License-Identifier: MIT
#include <soma/kernels/activation.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <limits>
#include <vector>

#include <soma/kernels/reference/activation.hpp>
#include <soma/simd/control.hpp>

#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/samples.hpp"

using namespace soma;
using kernels::activation;
using kernels::activation_parameters;

namespace {

/// An activation, its parameters, and the error that kernels/activation.hpp states for it.
template <activation Kind>
struct stated {
    static constexpr activation kind = Kind;
    static constexpr activation_parameters parameters = Kind == activation::clip
                                                            ? activation_parameters{-1.0F, 6.0F}
                                                            : activation_parameters{0.7F, 0.0F};

    /// In ulp, where the exact result is normal.
    static double ulps([[maybe_unused]] double x) {
        switch (Kind) {
            case activation::leaky_relu: return 0.5;
            case activation::sigmoid: return 2.5;
            case activation::tanh: return 2.5;
            case activation::silu: return 2.5;
            case activation::gelu: return 5.5;
            case activation::gelu_tanh: {
                const double u = 0.79788456080286535588 * (x + 0.044715 * x * x * x);
                return 2.5 + 2.9 * std::abs(2 * u);
            }
            case activation::hard_sigmoid: return 1.4;
            case activation::hard_swish: return 2.5;
            case activation::elu: return 1.7;
            default: return 0;
        }
    }
    /// Exact results below this may be zero.
    static double floor() {
        switch (Kind) {
            case activation::silu:
            case activation::gelu:
            case activation::gelu_tanh: return 2e-36;
            default: return 0x1p-126;
        }
    }
};

template <class Isa, activation Kind>
std::vector<float> tile(const std::vector<float>& values, activation_parameters parameters) {
    std::vector<float> out = values;
    out.resize((values.size() + 15) / 16 * 16);
    kernels::activate_tile<Isa, Kind>(out.data(), static_cast<int>(values.size()), parameters);
    out.resize(values.size());
    return out;
}

struct findings {
    double worst_excess = -100;  ///< ulp beyond what is stated
    double worst = 0;
    float at = 0;
    std::uint64_t wrong = 0;
    std::uint64_t differing = 0;
};

/// Tries every `stride`-th float on every instruction set.
template <class Case>
findings sweep(std::uint64_t stride) {
    constexpr std::uint64_t patterns = std::uint64_t{1} << 32;
    constexpr std::uint64_t block = 4096;
    findings found;
    std::vector<float> values;
    for (std::uint64_t first = 0; first < patterns; first += block * stride) {
        values.clear();
        for (std::uint64_t i = first; i < patterns && i < first + block * stride; i += stride) {
            values.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(i)));
        }
        const auto got = tile<simd::isa::baseline, Case::kind>(values, Case::parameters);
        test::for_each_isa([&]<class Isa> {
            found.differing +=
                test::differing(got, tile<Isa, Case::kind>(values, Case::parameters));
        });
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto x = static_cast<double>(values[i]);
            const auto y = static_cast<double>(got[i]);
            const double want = kernels::reference::activate(Case::kind, x, Case::parameters);
            if (std::isnan(want)) {
                found.wrong += std::isnan(y) ? 0U : 1U;
            } else if (std::abs(want) < Case::floor()) {
                found.wrong += std::abs(y - want) <= Case::floor() ? 0U : 1U;
            } else if (static_cast<double>(static_cast<float>(want)) != y) {
                const double error = std::abs(y - want) / test::unit_in_last_place(want);
                const double excess = error - Case::ulps(x);
                found.worst = std::max(found.worst, error);
                if (!(excess <= found.worst_excess)) {
                    found.worst_excess = excess;
                    found.at = values[i];
                }
            }
        }
    }
    return found;
}

}  // namespace

TEMPLATE_TEST_CASE("activations keep their stated errors, with the same bits everywhere",
                   "[kernels][activation]",
                   stated<activation::none>,
                   stated<activation::relu>,
                   stated<activation::clip>,
                   stated<activation::leaky_relu>,
                   stated<activation::sigmoid>,
                   stated<activation::tanh>,
                   stated<activation::silu>,
                   stated<activation::gelu>,
                   stated<activation::gelu_tanh>,
                   stated<activation::hard_sigmoid>,
                   stated<activation::hard_swish>,
                   stated<activation::elu>) {
    const findings found = sweep<TestType>(6007);
    INFO(name(TestType::kind) << " is worst at " << found.at << ": " << found.worst << " ulp");
    CHECK(found.worst_excess <= 0);
    CHECK(found.wrong == 0);
    CHECK(found.differing == 0);

    const simd::flush_denormals_scope flushed;
    CHECK(sweep<TestType>(60013).differing == 0);
}

TEMPLATE_TEST_CASE("every float: activations keep their stated errors",
                   "[.][exhaustive]",
                   stated<activation::leaky_relu>,
                   stated<activation::sigmoid>,
                   stated<activation::tanh>,
                   stated<activation::silu>,
                   stated<activation::gelu>,
                   stated<activation::gelu_tanh>,
                   stated<activation::hard_sigmoid>,
                   stated<activation::hard_swish>,
                   stated<activation::elu>) {
    const findings found = sweep<TestType>(1);
    std::cout << name(TestType::kind) << ": " << found.worst
              << " ulp; nearest to what is stated at " << std::hexfloat << found.at
              << std::defaultfloat << ", " << found.worst_excess << '\n';
    CHECK(found.worst_excess <= 0);
    CHECK(found.wrong == 0);
    CHECK(found.differing == 0);
}

TEMPLATE_LIST_TEST_CASE("a tile of any length is activated whole",
                        "[kernels][activation]",
                        test::enabled_isas) {
    for (std::size_t n = 1; n <= 49; ++n) {
        const std::vector<float> in = test::uniform<float>(n, 7, -8.0F, 8.0F);
        const auto out = tile<TestType, activation::relu>(in, {});
        for (std::size_t i = 0; i < n; ++i) {
            CHECK(out[i] == (in[i] > 0.0F ? in[i] : 0.0F));
        }
    }
}

TEMPLATE_LIST_TEST_CASE("relu and clip let NaN through and limit infinity",
                        "[kernels][activation]",
                        test::enabled_isas) {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    const std::vector<float> in{std::numeric_limits<float>::quiet_NaN(), infinity, -infinity};
    const auto relu = tile<TestType, activation::relu>(in, {});
    CHECK(std::isnan(relu[0]));
    CHECK(relu[1] == infinity);
    CHECK(relu[2] == 0.0F);
    const auto clip = tile<TestType, activation::clip>(in, {-2.0F, 3.0F});
    CHECK(std::isnan(clip[0]));
    CHECK(clip[1] == 3.0F);
    CHECK(clip[2] == -2.0F);
}

TEST_CASE("register activations have no post function, all others do", "[kernels][activation]") {
    using isa = simd::native;
    STATIC_REQUIRE(kernels::post_function<isa, activation::none> == nullptr);
    STATIC_REQUIRE(kernels::post_function<isa, activation::relu> == nullptr);
    STATIC_REQUIRE(kernels::post_function<isa, activation::clip> == nullptr);
    REQUIRE(kernels::post_function<isa, activation::gelu> != nullptr);
    float values[16] = {1.0F};
    kernels::post_function<isa, activation::hard_swish>(values, 1, {});
    CHECK(test::within(values[0], 4.0 / 6.0, 4 * unit_roundoff(format::f32)));
}
