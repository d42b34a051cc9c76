// SPDX-License-Identifier: MIT
#include <soma/kernels/softmax.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include <soma/kernels/reference/softmax.hpp>
#include <soma/simd/control.hpp>

#include "support/catch.hpp"
#include "support/isas.hpp"
#include "support/samples.hpp"

using namespace soma;

namespace {

constexpr std::size_t rows = 3;
constexpr double u = unit_roundoff(format::f32);

template <bool Logarithm, class In, class Out>
std::vector<Out> same_everywhere(const std::vector<In>& in, int c, int pitch_in, int pitch_out) {
    std::vector<Out> first;
    test::for_each_isa([&]<class Isa> {
        std::vector<Out> out(rows * static_cast<std::size_t>(pitch_out), convert_to<Out>(99.0F));
        if constexpr (Logarithm) {
            kernels::log_softmax<Isa>(in.data(), rows, c, pitch_in, out.data(), pitch_out);
        } else {
            kernels::softmax<Isa>(in.data(), rows, c, pitch_in, out.data(), pitch_out);
        }
        if (first.empty()) {
            first = out;
        }
        CHECK(test::differing(first, out) == 0);
    });
    return first;
}

/// Relative error of softmax in float, `spread` being the largest minus the smallest input.
///
/// A difference from the largest has one rounding, which the exponential multiplies by up to
/// `spread`, and the exponential its own 1.01 ulp. The sum's terms have the same and meet one
/// addition for each group of sixteen and four more; all are positive, so nothing cancels.
double relative_bound(int c, double spread) {
    const double exponential = spread + 2.02;
    const double additions = (c + 15) / 16 + 4;
    return 1.01 * u * (2 * exponential + additions + 1);
}

template <class In, class Out>
void agrees_with_its_definition(int c, int pitch_in, int pitch_out, float range) {
    const auto in = test::uniform<In>(rows * static_cast<std::size_t>(pitch_in), 31, -range, range);
    const auto columns = static_cast<std::size_t>(c);
    std::vector<double> want(rows * columns);
    const double relative = relative_bound(c, 2.0 * static_cast<double>(range));

    const auto check = [&](const std::vector<Out>& got, auto bound) {
        std::size_t wrong = 0;
        for (std::size_t r = 0; r < rows; ++r) {
            for (std::size_t i = 0; i < static_cast<std::size_t>(pitch_out); ++i) {
                const Out value = got[r * static_cast<std::size_t>(pitch_out) + i];
                if (i >= columns) {
                    wrong += test::same(value, Out{}) ? 0U : 1U;
                    continue;
                }
                const double expected = want[r * columns + i];
                const double error = bound(expected);
                wrong += test::within(value, expected,
                                      error + test::store_bound<Out>(std::abs(expected) + error))
                             ? 0U
                             : 1U;
            }
        }
        CHECK(wrong == 0);
    };

    kernels::reference::softmax(in.data(), rows, c, pitch_in, want.data());
    // An exponential that underflows is zero.
    check(same_everywhere<false, In, Out>(in, c, pitch_in, pitch_out),
          [&](double expected) { return relative * expected + 0x1p-126; });

    kernels::reference::log_softmax(in.data(), rows, c, pitch_in, want.data());
    // A relative error of the sum is an absolute one of its logarithm, which is below log(c); the
    // difference from the largest and the last subtraction round once each.
    const double logarithm = relative + 2 * u * std::log(static_cast<double>(c) + 1);
    check(same_everywhere<true, In, Out>(in, c, pitch_in, pitch_out), [&](double expected) {
        return logarithm + 2 * u * (std::abs(expected) + 2 * static_cast<double>(range));
    });
}

}  // namespace

TEST_CASE("softmax and its logarithm agree with their definitions, with the same bits everywhere",
          "[kernels][softmax]") {
    for (const int c : {1, 2, 7, 10, 15, 16, 17, 31, 33, 64, 1000}) {
        for (const float range : {1.0F, 20.0F, 200.0F}) {
            agrees_with_its_definition<float, float>(c, c, c, range);
            agrees_with_its_definition<float, float>(c, c + 1, c + 3, range);
            agrees_with_its_definition<bfloat16, bfloat16>(c, c + c % 2, c + c % 2, range);
            agrees_with_its_definition<float16, float>(c, c, c, range);
            agrees_with_its_definition<float, bfloat16>(c, c, c, range);
        }
    }
}

TEST_CASE("softmax has the same bits everywhere for special values and flushed subnormals",
          "[kernels][softmax]") {
    for (const int c : {5, 16, 100}) {
        const auto in = test::uniform_with_specials<float>(rows * static_cast<std::size_t>(c), 32);
        same_everywhere<false, float, float>(in, c, c, c);
        const simd::flush_denormals_scope flushed;
        same_everywhere<false, float, float>(in, c, c, c);
        same_everywhere<true, float, bfloat16>(in, c, c, c);
    }
}

TEMPLATE_LIST_TEST_CASE("a row with NaN or +infinity becomes NaN, -infinity has no share",
                        "[kernels][softmax]",
                        test::enabled_isas) {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    for (const std::size_t n : {3U, 18U}) {
        const int c = static_cast<int>(n);
        for (const float bad : {std::numeric_limits<float>::quiet_NaN(), infinity}) {
            for (std::size_t at = 0; at < n; ++at) {
                std::vector<float> row(n, 1.0F);
                row[at] = bad;
                kernels::softmax<TestType>(row.data(), 1, c, c, row.data(), c);
                for (const float value : row) {
                    CHECK(std::isnan(value));
                }
            }
        }
        std::vector<float> row(n, -infinity);
        row[1] = 0.0F;
        row[2] = 0.0F;
        kernels::softmax<TestType>(row.data(), 1, c, c, row.data(), c);
        CHECK(row[0] == 0.0F);
        CHECK(row[1] == 0.5F);
        CHECK(row[2] == 0.5F);
    }
}
