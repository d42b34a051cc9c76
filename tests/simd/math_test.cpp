// SPDX-License-Identifier: MIT
#include <soma/simd/math.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <limits>
#include <vector>

#include <soma/simd/control.hpp>

#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/samples.hpp"

using namespace soma;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

// The functions under test: the register version, the definition, the domain on which the stated
// error holds, and the error in ulp.
struct exp_case {
    static constexpr const char* name = "exp";
    static constexpr double ulps = 1.01;
    static bool covers(double) { return true; }
    static double definition(double x) { return std::exp(x); }
    template <class V>
    static V apply(V x) {
        return exp(x);
    }
};
struct exp_minus_one_case {
    static constexpr const char* name = "exp_minus_one";
    static constexpr double ulps = 1.04;
    static bool covers(double x) { return x <= 0; }
    static double definition(double x) { return std::expm1(x); }
    template <class V>
    static V apply(V x) {
        return exp_minus_one(x);
    }
};
struct log_case {
    static constexpr const char* name = "log";
    static constexpr double ulps = 0.87;
    static bool covers(double x) { return x >= 0x1p-126; }
    static double definition(double x) { return std::log(x); }
    template <class V>
    static V apply(V x) {
        return log(x);
    }
};
struct sigmoid_case {
    static constexpr const char* name = "sigmoid";
    static constexpr double ulps = 2.5;
    static bool covers(double) { return true; }
    static double definition(double x) { return 1 / (1 + std::exp(-x)); }
    template <class V>
    static V apply(V x) {
        return sigmoid(x);
    }
};
struct tanh_case {
    static constexpr const char* name = "tanh";
    static constexpr double ulps = 2.5;
    static bool covers(double) { return true; }
    static double definition(double x) { return std::tanh(x); }
    template <class V>
    static V apply(V x) {
        return tanh(x);
    }
};
struct normal_tail_case {
    static constexpr const char* name = "normal_tail";
    static constexpr double ulps = 4.8;
    static bool covers(double x) { return x >= 0 && !(x >= 12.925 && x < 12.96); }
    static double definition(double x) { return std::erfc(x * std::sqrt(0.5)) / 2; }
    template <class V>
    static V apply(V x) {
        return normal_tail(x);
    }
};
struct erf_case {
    static constexpr const char* name = "erf";
    static constexpr double ulps = 1.42;
    static bool covers(double) { return true; }
    static double definition(double x) { return std::erf(x); }
    template <class V>
    static V apply(V x) {
        return erf(x);
    }
};

/// `Case` of each value, a whole number of registers at a time.
template <class Isa, class Case>
SOMA_NOINLINE std::vector<float> evaluated(const std::vector<float>& values) {
    std::vector<float> in = values;
    in.resize((values.size() + 15) / 16 * 16, 1.0F);
    std::vector<float> out(in.size());
    for (std::size_t i = 0; i < in.size(); i += Isa::lanes) {
        simd::store(Case::apply(simd::load<Isa>(in.data() + i)), out.data() + i);
    }
    out.resize(values.size());
    return out;
}

/// What a sweep over the floats found.
struct findings {
    double worst = 0;  ///< ulp
    float at = 0;
    std::uint64_t wrong = 0;      ///< not NaN, infinite or nearly zero where they should be
    std::uint64_t differing = 0;  ///< bits not those of the first instruction set
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
        const std::vector<float> got = evaluated<simd::isa::baseline, Case>(values);
        test::for_each_isa([&]<class Isa> {
            found.differing += test::differing(got, evaluated<Isa, Case>(values));
        });
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto x = static_cast<double>(values[i]);
            const auto y = static_cast<double>(got[i]);
            const double want = Case::definition(x);
            if (std::isnan(x)) {
                found.wrong += std::isnan(y) ? 0U : 1U;
            } else if (!Case::covers(x)) {
                continue;
            } else if (std::abs(want) < 0x1p-126) {
                found.wrong += std::abs(y - want) <= 0x1p-126 ? 0U : 1U;
            } else if (static_cast<double>(static_cast<float>(want)) != y) {
                const double error = std::abs(y - want) / test::unit_in_last_place(want);
                if (!(error <= found.worst)) {
                    found.worst = error;
                    found.at = values[i];
                }
            }
        }
    }
    return found;
}

}  // namespace

TEMPLATE_TEST_CASE("elementary functions keep their stated errors, with the same bits everywhere",
                   "[simd][math]",
                   exp_case,
                   exp_minus_one_case,
                   log_case,
                   sigmoid_case,
                   tanh_case,
                   normal_tail_case,
                   erf_case) {
    // A prime stride meets every exponent and, over the exponents, every low bit pattern.
    const findings found = sweep<TestType>(2003);
    INFO(TestType::name << " is worst at " << found.at);
    CHECK(found.worst <= TestType::ulps);
    CHECK(found.wrong == 0);
    CHECK(found.differing == 0);
}

TEMPLATE_TEST_CASE("every float: elementary functions keep their stated errors",
                   "[.][exhaustive]",
                   exp_case,
                   exp_minus_one_case,
                   log_case,
                   sigmoid_case,
                   tanh_case,
                   normal_tail_case,
                   erf_case) {
    const findings found = sweep<TestType>(1);
    std::cout << TestType::name << ": " << found.worst << " ulp at " << std::hexfloat << found.at
              << std::defaultfloat << '\n';
    CHECK(found.worst <= TestType::ulps);
    CHECK(found.wrong == 0);
    CHECK(found.differing == 0);
}

TEMPLATE_LIST_TEST_CASE("elementary functions reach their limits",
                        "[simd][math]",
                        test::enabled_isas) {
    // One instantiation of each function, at one value at a time.
    const auto at = []<class Case>(Case, float x) { return evaluated<TestType, Case>({x})[0]; };
    const auto is = [](float got, float want) { return test::same(got, want); };

    CHECK(is(at(exp_case{}, infinity), infinity));
    CHECK(is(at(exp_case{}, -infinity), 0.0F));
    CHECK(is(at(exp_case{}, not_a_number), not_a_number));
    CHECK(is(at(exp_case{}, 0.0F), 1.0F));
    CHECK(is(at(exp_case{}, 0x1.62e43p6F), infinity));
    CHECK(is(at(exp_case{}, -0x1.5d58ap6F), 0.0F));
    CHECK(at(exp_case{}, 0x1.62e42ep6F) < infinity);
    CHECK(at(exp_case{}, -0x1.5d589ep6F) >= std::numeric_limits<float>::min());

    CHECK(is(at(exp_minus_one_case{}, -infinity), -1.0F));
    CHECK(is(at(exp_minus_one_case{}, not_a_number), not_a_number));

    CHECK(is(at(log_case{}, 0.0F), -infinity));
    CHECK(is(at(log_case{}, -0.0F), -infinity));
    CHECK(is(at(log_case{}, std::numeric_limits<float>::denorm_min()), -infinity));
    CHECK(is(at(log_case{}, -1.0F), not_a_number));
    CHECK(is(at(log_case{}, -infinity), not_a_number));
    CHECK(is(at(log_case{}, infinity), infinity));
    CHECK(is(at(log_case{}, not_a_number), not_a_number));
    CHECK(is(at(log_case{}, 1.0F), 0.0F));

    CHECK(is(at(sigmoid_case{}, infinity), 1.0F));
    CHECK(is(at(sigmoid_case{}, -infinity), 0.0F));
    CHECK(is(at(sigmoid_case{}, not_a_number), not_a_number));
    CHECK(is(at(sigmoid_case{}, 0.0F), 0.5F));

    CHECK(is(at(tanh_case{}, infinity), 1.0F));
    CHECK(is(at(tanh_case{}, -infinity), -1.0F));
    CHECK(is(at(tanh_case{}, not_a_number), not_a_number));
    CHECK(is(at(tanh_case{}, -0.0F), -0.0F));

    CHECK(is(at(normal_tail_case{}, infinity), 0.0F));
    CHECK(is(at(normal_tail_case{}, not_a_number), not_a_number));
    CHECK(is(at(normal_tail_case{}, 12.925F), 0.0F));

    CHECK(is(at(erf_case{}, infinity), 1.0F));
    CHECK(is(at(erf_case{}, -infinity), -1.0F));
    CHECK(is(at(erf_case{}, not_a_number), not_a_number));
    CHECK(is(at(erf_case{}, -0.0F), -0.0F));
}

TEMPLATE_TEST_CASE("elementary functions have the same bits everywhere with subnormals flushed",
                   "[simd][math]",
                   exp_case,
                   exp_minus_one_case,
                   log_case,
                   sigmoid_case,
                   tanh_case,
                   normal_tail_case,
                   erf_case) {
    const simd::flush_denormals_scope flushed;
    CHECK(sweep<TestType>(60013).differing == 0);
}
