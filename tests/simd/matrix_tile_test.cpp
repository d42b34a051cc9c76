// SPDX-License-Identifier: MIT
#include <soma/simd/matrix_tile.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include <soma/numeric/bfloat16.hpp>

#include "support/catch.hpp"
#include "support/isas.hpp"

using namespace soma;

TEST_CASE("simd/matrix_tile: every instruction set can be acquired, again and again") {
    test::for_each_isa([]<class Isa>() {
        INFO(Isa::name);
        CHECK(simd::acquire_registers<Isa>());
        CHECK(simd::acquire_registers<Isa>());
    });
}

#if SOMA_HAS_AMX_BF16

namespace {

constexpr int side = simd::tile_height;
using rows_type = std::array<std::array<bfloat16, 2 * side>, side>;
using sums_type = std::array<std::array<float, side>, side>;

rows_type random_rows(std::mt19937& random) {
    std::uniform_real_distribution<float> value(-2.0F, 2.0F);
    rows_type rows;
    for (auto& row : rows) {
        for (bfloat16& x : row) {
            x = bfloat16(value(random));
        }
    }
    return rows;
}

float as_float(bfloat16 x) {
    return static_cast<float>(x);
}

}  // namespace

TEST_CASE("simd/matrix_tile: a product is two chains per output, added once") {
    REQUIRE(simd::acquire_registers<simd::isa::amx_bf16>());
    std::mt19937 random(7);
    for (int round = 0; round < 50; ++round) {
        const rows_type x = random_rows(random);
        const rows_type y = random_rows(random);  // y[k] holds pairs of neighbouring k, per column
        sums_type got;
        for (auto& row : got) {
            for (float& sum : row) {
                sum = std::uniform_real_distribution<float>(-1.0F, 1.0F)(random);
            }
        }
        const sums_type start = got;
        {
            const simd::matrix_tile_scope scope;
            simd::tile_load<0>(got.data(), sizeof(got[0]));
            simd::tile_load<4>(x.data(), sizeof(x[0]));
            simd::tile_load<6>(y.data(), sizeof(y[0]));
            simd::tile_dot_bf16<0, 4, 6>();
            simd::tile_store<0>(got.data(), sizeof(got[0]));
        }
        int wrong = 0;
        for (std::size_t m = 0; m < std::size_t{side}; ++m) {
            for (std::size_t n = 0; n < std::size_t{side}; ++n) {
                float even = 0.0F, odd = 0.0F;
                for (std::size_t k = 0; k < std::size_t{side}; ++k) {
                    even = std::fma(as_float(x[m][2 * k]), as_float(y[k][2 * n]), even);
                    odd = std::fma(as_float(x[m][2 * k + 1]), as_float(y[k][2 * n + 1]), odd);
                }
                const float want = start[m][n] + (even + odd);
                wrong +=
                    std::bit_cast<std::uint32_t>(want) == std::bit_cast<std::uint32_t>(got[m][n])
                        ? 0
                        : 1;
            }
        }
        CHECK(wrong == 0);
    }
}

TEST_CASE("simd/matrix_tile: a stride of zero repeats a row") {
    REQUIRE(simd::acquire_registers<simd::isa::amx_bf16>());
    std::array<float, side> row;
    for (std::size_t i = 0; i < row.size(); ++i) {
        row[i] = static_cast<float>(i);
    }
    sums_type got{};
    {
        const simd::matrix_tile_scope scope;
        simd::tile_load<3>(row.data(), 0);
        simd::tile_store<3>(got.data(), sizeof(got[0]));
    }
    for (const auto& line : got) {
        CHECK(line == row);
    }
}

TEST_CASE("simd/matrix_tile: a short row is copied with zeros behind it") {
    for (int count = 1; count < 2 * side; ++count) {
        // The copy's source ends with its last element, which sanitizers watch.
        const std::vector<bfloat16> from(static_cast<std::size_t>(count), bfloat16(3.0F));
        std::array<bfloat16, 2 * side> to;
        to.fill(bfloat16(-1.0F));
        simd::copy_row<simd::isa::amx_bf16>(from.data(), count, to.data());
        int wrong = 0;
        for (int i = 0; i < 2 * side; ++i) {
            const float want = i < count ? 3.0F : 0.0F;
            wrong += as_float(to[static_cast<std::size_t>(i)]) == want ? 0 : 1;
        }
        INFO(count);
        CHECK(wrong == 0);
    }
}

#endif
