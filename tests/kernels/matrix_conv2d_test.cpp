// SPDX-License-Identifier: MIT
#include <soma/kernels/matrix_conv2d.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include <soma/kernels/conv2d.hpp>

#include "support/catch.hpp"
#include "support/conv_problem.hpp"

using namespace soma;
using namespace soma::kernels;
using namespace soma::test;

namespace {

constexpr conv_geometry layer(int batch, int size, int in, int out, int kernel, int stride) {
    conv_geometry g;
    g.batch = batch;
    g.in_h = g.in_w = size;
    g.in_c = g.in_pitch = in;
    g.kernel_h = g.kernel_w = kernel;
    g.stride_h = g.stride_w = stride;
    g.pad_h = g.pad_w = kernel / 2;
    g.out_h = g.out_w = (size + 2 * g.pad_h - kernel) / stride + 1;
    g.out_c = g.out_pitch = out;
    return g;
}

}  // namespace

// Bands of 7 pixels fill 7 of 16 rows: four tiles of all taps are less work than six.
static_assert(merges_borders(layer(1, 7, 64, 64, 3, 1)));
static_assert(merges_borders(layer(8, 7, 64, 64, 3, 1)), "the bits must not depend on the batch");
static_assert(!merges_borders(layer(1, 56, 64, 64, 3, 1)));
static_assert(!merges_borders(layer(1, 7, 64, 64, 1, 1)));

// Few weights stay in the cache while pixels pass; of many, a panel does for a block of pixels.
static_assert(matrix_block<simd::native, bfloat16>(layer(1, 56, 64, 64, 3, 1)) == 2);

TEST_CASE("kernels/matrix_conv2d: scratch memory holds a block of windows") {
    // 256 channels at 14x14: a block of 3x3 windows is a part of a mebibyte, of 1x1 windows less.
    const conv_geometry wide = layer(1, 14, 256, 1024, 3, 1),
                        narrow = layer(1, 14, 256, 1024, 1, 1);
    const auto copies = [](const conv_geometry& g) {
        return static_cast<std::size_t>(matrix_block<simd::native, bfloat16>(g))
               * matrix_copy_elements<bfloat16>(g) * sizeof(bfloat16);
    };
    CHECK(copies(wide) <= std::size_t{1} << 20);
    CHECK(copies(wide) >= std::size_t{1} << 19);
    for (const conv_geometry& g : {wide, narrow}) {
        CHECK(matrix_scratch_bytes<simd::native, bfloat16>(g)
              >= copies(g) + row_table_bytes<bfloat16>(g));
    }
}

#if SOMA_HAS_AMX_BF16

using isa = simd::isa::amx_bf16;

static_assert(matrix_block<isa, bfloat16>(layer(1, 14, 256, 1024, 3, 1)) > 2);
static_assert(pick_tiling<isa, bfloat16>(layer(1, 14, 64, 100, 1, 1)) == conv_tiling{16, 2, 4, 1});

TEST_CASE("kernels/matrix_conv2d: convolutions of any geometry agree with their definition") {
    const auto cases = random_geometries<300>(31, format::bf16, format::bf16);
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const conv_problem<bfloat16, bfloat16> problem(cases[i], static_cast<std::uint32_t>(i));
        const conv_faults faults = faults_of<isa, all_tiles>(problem, static_cast<int>(i));
        INFO("case " << i);
        CHECK(faults.inexact == 0);
        CHECK(faults.overrun == 0);
    }
}

TEST_CASE("kernels/matrix_conv2d: larger layers agree, weights resident or streamed") {
    int variant = 0;
    for (const conv_geometry& g :
         {layer(1, 14, 64, 64, 3, 1), layer(2, 7, 256, 200, 3, 1), layer(3, 9, 96, 80, 3, 2),
          layer(1, 30, 128, 48, 1, 1), layer(1, 28, 128, 64, 1, 2), layer(2, 6, 512, 160, 3, 1)}) {
        const conv_problem<bfloat16, float> problem(g, 3);
        const conv_faults faults = faults_of<isa, all_tiles>(problem, variant++);
        INFO("case " << variant);
        CHECK(faults.inexact == 0);
        CHECK(faults.overrun == 0);
    }
}

TEST_CASE("kernels/matrix_conv2d: sums are chains of steps, the same in every tile and batch") {
    for (const conv_geometry& g : {layer(2, 7, 64, 40, 3, 1), layer(1, 18, 32, 33, 3, 1),
                                   layer(3, 5, 96, 16, 1, 1), layer(1, 9, 32, 64, 3, 2)}) {
        const conv_problem<bfloat16, float> problem(g, 11);
        const std::vector<float> out = problem.run<isa, all_tiles>(epilogue<float>{});
        const auto value = [](bfloat16 x) { return static_cast<float>(x); };
        int wrong = 0;
        for (int p = 0; p < g.pixels(); ++p) {
            const int n = p / (g.out_h * g.out_w);
            const int y = p / g.out_w % g.out_h, x = p % g.out_w;
            for (int o = 0; o < g.out_c; ++o) {
                float sum = problem.bias[static_cast<std::size_t>(o)] + 0.0F;
                for (int tap = 0; tap < g.taps(); ++tap) {
                    const int iy = y * g.stride_h - g.pad_h + tap / g.kernel_w;
                    const int ix = x * g.stride_w - g.pad_w + tap % g.kernel_w;
                    const bool inside = iy >= 0 && iy < g.in_h && ix >= 0 && ix < g.in_w;
                    const auto pixel =
                        static_cast<std::size_t>(((n * g.in_h + iy) * g.in_w + ix) * g.in_pitch);
                    for (int k = 0; inside && k < g.in_c; k += matrix_depth) {
                        float chain[2] = {0.0F, 0.0F};
                        for (int c = k; c < k + matrix_depth; ++c) {
                            const auto w =
                                static_cast<std::size_t>((o * g.in_c + c) * g.taps() + tap);
                            chain[c % 2] =
                                std::fma(value(problem.in[pixel + static_cast<std::size_t>(c)]),
                                         value(problem.rounded[w]), chain[c % 2]);
                        }
                        sum += chain[0] + chain[1];
                    }
                }
                const float got = out[static_cast<std::size_t>(p * g.out_pitch + o)];
                wrong +=
                    std::bit_cast<std::uint32_t>(sum) == std::bit_cast<std::uint32_t>(got) ? 0 : 1;
            }
        }
        CHECK(wrong == 0);
    }
}

#endif
