// SPDX-License-Identifier: MIT
#include <soma/kernels/tile_job.hpp>

#include <array>
#include <vector>

#include "support/catch.hpp"
#include "support/isas.hpp"

using namespace soma;
using namespace soma::kernels;

TEST_CASE("a tile is finished alike in registers and in memory, and stores its columns only") {
    test::for_each_isa([]<class Isa>() {
        constexpr int lanes = Isa::lanes;
        const std::vector<float> residual(std::size_t{lanes} + 1, 2.0F);
        const std::array<std::ptrdiff_t, 1> pixels{1};
        epilogue<float> finish;
        finish.residual = residual.data();
        finish.kind = activation::clip;
        finish.parameters = {0.0F, 2.5F};
        for (const int columns : {lanes, lanes - 1, 1}) {
            std::vector<float> out(std::size_t{lanes} + 1, -1.0F);
            tile_job<float, float> job{};
            job.pixels = pixels.data();
            job.out = out.data();
            job.columns = columns;
            job.finish = &finish;
            detail::accumulators<Isa, 1, 1> sums;
            sums[0][0] = simd::vec<Isa>(1.0F);
            detail::finish_tile<Isa, 1, 1>(job, sums);
            CHECK(out[0] == -1.0F);
            for (int i = 0; i < lanes; ++i) {
                CHECK(out[static_cast<std::size_t>(i) + 1] == (i < columns ? 2.5F : -1.0F));
            }
        }
    });
}
