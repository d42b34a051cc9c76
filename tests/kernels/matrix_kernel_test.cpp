// SPDX-License-Identifier: MIT
#include <soma/kernels/matrix_kernel.hpp>

#include <array>
#include <vector>

#include "support/catch.hpp"
#include "support/conv_problem.hpp"

using namespace soma;
using namespace soma::kernels;

TEST_CASE("kernels/matrix_kernel: sums in memory are finished pixel by pixel") {
    constexpr int lanes = simd::native::lanes, columns = 2 * lanes, pixels = 5, pitch = columns + 3;
    test::line_buffer<float> sums(std::size_t{pixels} * columns);
    std::vector<float> residual(std::size_t{pixels} * pitch, 2.0F);
    std::vector<float> out(std::size_t{pixels} * pitch, -1.0F);
    matrix_rows<bfloat16> rows{};
    rows.pixels = pixels;
    for (int m = 0; m < pixels; ++m) {
        rows.outputs[static_cast<std::size_t>(m)] = m * pitch;
        for (int n = 0; n < columns; ++n) {
            sums.data()[m * columns + n] = static_cast<float>(n - m * 10);
        }
    }
    epilogue<float> finish;
    finish.residual = residual.data();
    finish.kind = activation::relu;
    const matrix_job<bfloat16, float> job{.rows = &rows,
                                          .weights = nullptr,
                                          .bias = nullptr,
                                          .out = out.data(),
                                          .columns = columns,
                                          .finish = &finish,
                                          .prefetch = 0,
                                          .pace = 0,
                                          .fetches = 0};
    detail::finish_rows<simd::native, 2>(job, rows, sums.data());
    int wrong = 0;
    for (int at = 0; at < pixels * pitch; ++at) {
        const int m = at / pitch, n = at % pitch;
        const float sum = static_cast<float>(n - m * 10) + 2.0F;
        const float want = n >= columns ? -1.0F : sum > 0.0F ? sum : 0.0F;
        wrong += out[static_cast<std::size_t>(at)] == want ? 0 : 1;
    }
    CHECK(wrong == 0);
}

#if SOMA_HAS_AMX_BF16

namespace {

using isa = simd::isa::amx_bf16;

/// Ones times ones: every sum is the bias plus the number of elements.
template <int Mt, int Nv>
void check_sums(int columns, int pixels) {
    constexpr int steps = 3;
    const std::vector<bfloat16> windows(std::size_t{32} * simd::tile_height * steps,
                                        bfloat16(1.0F));
    const std::vector<bfloat16> weights(std::size_t{32} * 16 * Nv * steps, bfloat16(1.0F));
    test::line_buffer<float> bias(std::size_t{16} * Nv);
    for (int i = 0; i < 16 * Nv; ++i) {
        bias.data()[i] = static_cast<float>(i);
    }
    const std::byte* const start = reinterpret_cast<const std::byte*>(windows.data());
    int tap = 0;
    std::array<matrix_rows<bfloat16>, 2> rows{};
    for (int m = 0; m < 2; ++m) {
        matrix_rows<bfloat16>& r = rows[static_cast<std::size_t>(m)];
        r.starts = const_cast<const std::byte**>(&start);
        r.taps = &tap;
        r.row_step = simd::tile_row_bytes;
        r.step = simd::tile_row_bytes * simd::tile_height;
        r.segments = 1;
        r.steps = steps;
        r.depth = 32 * steps;
        r.pixels = pixels;
        for (int p = 0; p < pixels; ++p) {
            r.outputs[static_cast<std::size_t>(p)] = (m * simd::tile_height + p) * 40;
        }
    }
    epilogue<float> finish;
    finish.kind = activation::clip;
    finish.parameters = {0.0F, 100.0F};
    std::vector<float> out(std::size_t{2} * simd::tile_height * 40, -1.0F);
    const matrix_job<bfloat16, float> job{.rows = rows.data(),
                                          .weights = weights.data(),
                                          .bias = bias.data(),
                                          .out = out.data(),
                                          .columns = columns,
                                          .finish = &finish,
                                          .prefetch = 0,
                                          .pace = 0,
                                          .fetches = 0};
    {
        const simd::matrix_tile_scope scope;
        matrix_kernel<isa, bfloat16, float, Mt, Nv>(job);
    }
    int wrong = 0;
    for (int at = 0; at < static_cast<int>(out.size()); ++at) {
        const int pixel = at / 40, column = at % 40;
        const bool written = pixel / simd::tile_height < Mt && pixel % simd::tile_height < pixels
                             && column < columns;
        const float sum = static_cast<float>(column + 32 * steps);
        const float want = !written ? -1.0F : sum < 100.0F ? sum : 100.0F;
        wrong += out[static_cast<std::size_t>(at)] == want ? 0 : 1;
    }
    INFO(Mt << " x " << Nv << ", " << columns << " columns, " << pixels << " pixels");
    CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("kernels/matrix_kernel: sums, clips and keeps to its pixels and columns") {
    REQUIRE(simd::acquire_registers<isa>());
    for (const int pixels : {1, 9, 16}) {
        check_sums<1, 1>(16, pixels);
        check_sums<1, 2>(32, pixels);
        check_sums<2, 1>(7, pixels);
        check_sums<2, 2>(32, pixels);
        check_sums<2, 2>(19, pixels);
    }
}

#endif
