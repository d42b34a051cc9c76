// SPDX-License-Identifier: MIT
#include <soma/kernels/matrix_rows.hpp>

#include <cstring>
#include <vector>

#include <soma/kernels/tile_walk.hpp>

#include "support/catch.hpp"
#include "support/conv_problem.hpp"

using namespace soma;
using namespace soma::kernels;
using namespace soma::test;

static_assert(matrix_steps(1) == 1 && matrix_steps(32) == 1 && matrix_steps(33) == 2);

TEST_CASE("kernels/matrix_rows: a copy has room for the windows of sixteen pixels") {
    for (const conv_geometry& g : random_geometries<100>(18, format::bf16, format::bf16)) {
        if (!g.depthwise()) {
            const auto windows = static_cast<std::size_t>(g.taps() * g.group_in());
            CHECK(matrix_copy_elements<bfloat16>(g) >= windows * simd::tile_height);
            CHECK(matrix_copy_elements<bfloat16>(g) % (simd::tile_height * matrix_depth) == 0);
        }
    }
}

#if SOMA_HAS_AMX_BF16

TEST_CASE("kernels/matrix_rows: rows hold the windows of their pixels, in place or copied") {
    int in_place = 0, copied = 0;
    auto cases = random_geometries<200>(17, format::bf16, format::bf16);
    for (std::size_t i = 0; i < cases.size(); ++i) {
        conv_geometry& g = cases[i];
        if (g.depthwise()) {
            continue;
        }
        if (i % 2 == 0) {  // whole steps, images of several tiles
            g.groups = 1;
            g.in_c = g.in_pitch = 32 * (1 + static_cast<int>(i) % 3);
            g.in_w += 40;
            g.out_w = (g.in_w + 2 * g.pad_w - (g.kernel_w - 1) * g.dilation_w - 1) / g.stride_w + 1;
        }
        const conv_problem<bfloat16, float> problem(g, 5);
        const auto taps = static_cast<std::size_t>(g.taps());
        line_buffer<std::byte> scratch(row_table_bytes<bfloat16>(g));
        line_buffer<bfloat16> copy(matrix_copy_elements<bfloat16>(g));
        std::vector<const std::byte*> starts(taps);
        std::vector<int> order(taps);
        matrix_rows<bfloat16> rows{};
        rows.starts = starts.data();
        rows.taps = order.data();
        tile_walk<bfloat16> walk(g, simd::tile_height, problem.in.data(), scratch.data());
        int wrong = 0;
        for (int left = walk.tiles(); left > 0; --left) {
            const int pixels = walk.next();
            take_rows<simd::isa::amx_bf16>(walk.table(), pixels, copy.data(), rows);
            const row_table<bfloat16>& table = walk.table();
            wrong += rows.pixels == pixels && rows.segments == table.segments() ? 0 : 1;
            (rows.step == simd::tile_row_bytes ? in_place : copied) += 1;
            for (int s = 0; s < rows.segments; ++s) {
                for (int m = 0; m < pixels; ++m) {
                    const bfloat16* const want = table.rows()[s * row_pitch + m];
                    for (int k = 0; k < rows.steps * matrix_depth; ++k) {
                        bfloat16 got;
                        std::memcpy(&got,
                                    rows.starts[s] + m * rows.row_step
                                        + k / matrix_depth * rows.step + k % matrix_depth * 2,
                                    sizeof(got));
                        const std::uint16_t bits = k < table.length() ? want[k].bits : 0;
                        wrong += got.bits == bits ? 0 : 1;
                    }
                }
            }
        }
        INFO("case " << i);
        CHECK(wrong == 0);
    }
    CHECK(in_place > 20);
    CHECK(copied > 100);
}

#endif
