// SPDX-License-Identifier: MIT
#include <soma/kernels/tile_walk.hpp>

#include <vector>

#include "support/catch.hpp"
#include "support/conv_problem.hpp"

using namespace soma;
using namespace soma::kernels;

TEST_CASE("a walk visits each pixel once, also from a copy taken on the way") {
    const auto cases = test::random_geometries<60>(13, format::f32, format::f32);
    for (const conv_geometry& g : cases) {
        const std::vector<float> in(static_cast<std::size_t>(g.batch * g.in_h * g.in_w)
                                    * static_cast<std::size_t>(g.in_pitch));
        test::line_buffer<std::byte> scratch(row_table_bytes<float>(g));
        std::vector<int> seen(static_cast<std::size_t>(g.pixels()), 0);
        tile_walk<float> walk(g, 5, in.data(), scratch.data());
        const int tiles = walk.tiles();
        const auto visit = [&](int first, int last) {
            for (int tile = first; tile < last; ++tile) {
                const int rows = walk.next();
                for (int m = 0; m < rows; ++m) {
                    ++seen[static_cast<std::size_t>(walk.table().pixels()[m] / g.out_pitch)];
                }
            }
        };
        visit(0, tiles / 2);
        const tile_walk<float> middle = walk;
        visit(tiles / 2, tiles);
        walk = middle;
        visit(tiles / 2, tiles);
        walk.start(0);
        visit(0, tiles / 2);
        int wrong = 0;
        for (const int times : seen) {
            wrong += times == 2 ? 0 : 1;
        }
        CHECK(wrong == 0);
    }
}
