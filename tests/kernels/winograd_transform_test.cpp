// SPDX-License-Identifier: MIT
#include <soma/kernels/winograd_transform.hpp>

#include <array>
#include <cstddef>

#include "support/catch.hpp"
#include "support/isas.hpp"

using namespace soma;
using namespace soma::kernels;

namespace {

/// Whether both transforms of a tile that is 1 at `place` and else 0 are the matrices': they are
/// linear, and these numbers FP32 computes exactly.
template <class Isa, int M>
bool transforms_unit(std::size_t place) {
    using filtering = winograd_filter<M>;
    constexpr std::size_t stride = 16;
    constexpr auto positions = std::size_t{filtering::positions};
    alignas(64) std::array<float, positions * stride> values{};
    winograd_matrix<filtering::size, filtering::size> x{};
    x[place / filtering::size][place % filtering::size] = 1;
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
            values[p * stride + lane] = p == place ? 1.0F : 0.0F;
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

template <class Isa, int M>
bool transforms_are_matrices() {
    bool same = true;
    for (std::size_t p = 0; p < std::size_t{winograd_filter<M>::positions}; ++p) {
        same = same && transforms_unit<Isa, M>(p);
    }
    return same;
}

}  // namespace

TEST_CASE("the transforms in registers are the matrices along both axes") {
    test::for_each_isa([]<class Isa>() {
        INFO(Isa::name);
        CHECK(transforms_are_matrices<Isa, 2>());
        CHECK(transforms_are_matrices<Isa, 4>());
    });
}
