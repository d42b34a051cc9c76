// SPDX-License-Identifier: MIT
#include <soma/kernels/winograd_matrices.hpp>

#include <cmath>

#include "support/catch.hpp"

using namespace soma::kernels;

namespace {

template <std::size_t Rows, std::size_t Columns>
constexpr bool exact_in_fp32(const winograd_matrix<Rows, Columns>& matrix) {
    for (const auto& row : matrix) {
        for (const double x : row) {
            if (static_cast<double>(static_cast<float>(x)) != x) {
                return false;
            }
        }
    }
    return true;
}

/// The largest difference between A [(G w) * (B x)] and the filter it stands for, over all unit
/// filters and unit inputs: both sides are bilinear.
template <int M>
double largest_difference() {
    using filtering = winograd_filter<M>;
    double largest = 0;
    for (std::size_t tap = 0; tap < 3; ++tap) {
        for (std::size_t input = 0; input < filtering::size; ++input) {
            for (std::size_t output = 0; output < filtering::rows; ++output) {
                double sum = 0;
                for (std::size_t k = 0; k < filtering::size; ++k) {
                    sum += filtering::output_matrix[output][k] * filtering::filter_matrix[k][tap]
                           * filtering::input_matrix[k][input];
                }
                largest = std::fmax(largest, std::abs(sum - (output + tap == input ? 1.0 : 0.0)));
            }
        }
    }
    return largest;
}

}  // namespace

static_assert(exact_in_fp32(winograd_filter<2>::input_matrix));
static_assert(exact_in_fp32(winograd_filter<2>::output_matrix));
static_assert(exact_in_fp32(winograd_filter<2>::filter_matrix));
static_assert(exact_in_fp32(winograd_filter<4>::input_matrix));
static_assert(exact_in_fp32(winograd_filter<4>::output_matrix));

TEST_CASE("the matrices compute the three-tap filter") {
    CHECK(largest_difference<2>() == 0);
    // Fractions with odd denominators in G, rounded to double, times numbers below 4.
    CHECK(largest_difference<4>() < 64 * 0x1p-53);
}

TEST_CASE("a matrix along both axes is two products") {
    constexpr winograd_matrix<1, 2> sum{{{1, 10}}};
    constexpr winograd_matrix<2, 2> x{{{1, 2}, {3, 4}}};
    STATIC_REQUIRE(along_both_axes(sum, x)[0][0] == 1 + 20 + 30 + 400);
}
