// SPDX-License-Identifier: MIT
#include <soma/kernels/winograd_transform.hpp>

#include <array>
#include <cstddef>

#include "support/catch.hpp"
#include "support/isas.hpp"

using namespace soma;
using namespace soma::kernels;

namespace {

/// Whether both transforms of small whole numbers, which FP32 computes exactly, are the matrices'.
template <class Isa, int M>
bool transforms_are_matrices() {
    using filtering = winograd_filter<M>;
    constexpr std::size_t stride = 16;
    constexpr auto positions = std::size_t{filtering::positions};
    alignas(64) std::array<float, positions * stride> values{};
    winograd_matrix<filtering::size, filtering::size> x{};
    for (std::size_t p = 0; p < positions; ++p) {
        x[p / filtering::size][p % filtering::size] = static_cast<double>(p * p % 17) - 8.0;
    }
    bool same = true;
    winograd_transform_input<Isa, M>(
        [&](auto i, auto j) {
            return simd::vec<Isa>(static_cast<float>(x[std::size_t{i}][std::size_t{j}]));
        },
        values.data(), stride);
    const auto in = along_both_axes(filtering::input_matrix, x);
    for (std::size_t p = 0; p < positions; ++p) {
        for (std::size_t lane = 0; lane < std::size_t{Isa::lanes}; ++lane) {
            same = same
                   && static_cast<double>(values[p * stride + lane])
                          == in[p / filtering::size][p % filtering::size];
            values[p * stride + lane] =
                static_cast<float>(x[p / filtering::size][p % filtering::size]);
        }
    }
    const auto out = along_both_axes(filtering::output_matrix, x);
    int rows = 0;
    winograd_transform_output<Isa, M>(values.data(), stride, [&](auto i, auto row) {
        ++rows;
        for (std::size_t j = 0; j < std::size_t{M}; ++j) {
            std::array<float, std::size_t{Isa::lanes}> lanes;
            simd::store(row[j], lanes.data());
            for (const float lane : lanes) {
                same = same && static_cast<double>(lane) == out[std::size_t{i}][j];
            }
        }
    });
    return same && rows == M;
}

}  // namespace

TEST_CASE("the transforms in registers are the matrices along both axes") {
    test::for_each_isa([]<class Isa>() {
        INFO(Isa::name);
        CHECK(transforms_are_matrices<Isa, 2>());
        CHECK(transforms_are_matrices<Isa, 4>());
    });
}
