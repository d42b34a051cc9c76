// SPDX-License-Identifier: MIT
#include <soma/kernels/micro_kernel.hpp>

#include <array>
#include <cstdint>
#include <vector>

#include "support/catch.hpp"
#include "support/isas.hpp"

using namespace soma;
using namespace soma::kernels;

TEST_CASE("a tile starts at the bias and adds each segment with its own weights") {
    test::for_each_isa([]<class Isa>() {
        constexpr int lanes = Isa::lanes;
        const std::array<float, 2> first{1.0F, 2.0F};
        const std::array<float, 2> second{3.0F, 4.0F};
        // Segments 0 and 1 of the table read taps 1 and 0 of the weights.
        std::array<const float*, 2 * row_pitch> rows{};
        rows[0] = first.data();
        rows[1] = second.data();
        rows[row_pitch] = second.data();
        rows[row_pitch + 1] = first.data();
        const std::array<int, 2> taps{1, 0};
        std::vector<float> weights(std::size_t{4} * lanes, 1.0F);
        for (std::size_t i = 2 * std::size_t{lanes}; i < weights.size(); ++i) {
            weights[i] = 10.0F;
        }
        const std::vector<float> bias(std::size_t{lanes}, 0.5F);
        const std::array<std::ptrdiff_t, 2> pixels{0, lanes};
        std::vector<float> out(std::size_t{2} * lanes, 0.0F);
        const epilogue<float> finish;
        tile_job<float, float> job{};
        job.rows = rows.data();
        job.taps = taps.data();
        job.segments = 2;
        job.steps = 2;
        job.weights = weights.data();
        job.bias = bias.data();
        job.pixels = pixels.data();
        job.out = out.data();
        job.columns = lanes;
        job.finish = &finish;
        job.prefetch = reinterpret_cast<std::uintptr_t>(weights.data());
        micro_kernel<Isa, float, float, 2, 1>(job);
        for (std::size_t i = 0; i < std::size_t{lanes}; ++i) {
            CHECK(out[i] == 0.5F + 10.0F * 3.0F + 7.0F);
            CHECK(out[std::size_t{lanes} + i] == 0.5F + 10.0F * 7.0F + 3.0F);
        }
    });
}
