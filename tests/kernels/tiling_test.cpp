// SPDX-License-Identifier: MIT
#include <soma/kernels/tiling.hpp>

#include "support/catch.hpp"
#include "support/isas.hpp"

using namespace soma;
using namespace soma::kernels;

namespace {

constexpr conv_geometry layer(int batch, int inputs, int outputs) {
    conv_geometry g;
    g.batch = batch;
    g.in_c = g.in_pitch = inputs;
    g.out_c = g.out_pitch = outputs;
    return g;
}

constexpr bool fits(int mr, int nv, int registers) {
    return mr * nv + nv + 1 <= registers;
}

}  // namespace

TEST_CASE("every tile leaves registers for a row of weights and a broadcast") {
    test::for_each_isa([]<class Isa>() {
        for (int nv = 1; nv <= max_tile_vectors; ++nv) {
            const int mr = tile_rows<Isa, float>(nv);
            CHECK(mr <= max_tile_rows);
            CHECK((mr == 0 || fits(mr, nv, Isa::registers)));
        }
    });
}

TEST_CASE("panels cover the output channels exactly, whatever the batch") {
    test::for_each_isa([]<class Isa>() {
        for (int outputs = 1; outputs <= 300; ++outputs) {
            const conv_tiling one = pick_tiling<Isa, float>(layer(1, 64, outputs));
            const int vectors = (one.panels - 1) * one.nv + one.tail_nv;
            CHECK(vectors == ceil_div(outputs, Isa::lanes));
            CHECK(one.tail_nv >= 1);
            CHECK(one.tail_nv <= one.nv);
            CHECK(tile_rows<Isa, float>(one.nv) > 0);
            CHECK(tile_rows<Isa, float>(one.tail_nv) >= one.mr);
            CHECK(pick_tiling<Isa, float>(layer(97, 64, outputs)) == one);
        }
    });
}

TEST_CASE("runs of a split add up and differ by at most one row") {
    for (int rows = 0; rows <= 60; ++rows) {
        for (int most = 1; most <= 12; ++most) {
            const balanced_split split(rows, most);
            int total = 0;
            for (int i = 0; i < split.tiles; ++i) {
                CHECK(split.rows(i) <= most);
                CHECK(split.rows(0) - split.rows(i) <= 1);
                total += split.rows(i);
            }
            CHECK(total == rows);
        }
    }
}

TEST_CASE("a tile set holds what was put in and unites with others") {
    constexpr tile_set set = [] {
        tile_set result;
        result.insert(6, 4);
        tile_set other;
        other.insert(12, 1);
        other.insert_depthwise(3);
        return result | other;
    }();
    STATIC_REQUIRE(set.contains(6, 4));
    STATIC_REQUIRE(set.contains(12, 1));
    STATIC_REQUIRE(set.contains_depthwise(3));
    STATIC_REQUIRE_FALSE(set.contains(6, 1));
    STATIC_REQUIRE_FALSE(set.contains_depthwise(6));
}

TEST_CASE("a layer needs at most two sizes of tile for each panel width") {
    using isa = simd::native;
    constexpr tile_set needed = tiles_needed<isa, float>(layer(50, 64, 128));
    int kernels = 0;
    for (int nv = 1; nv <= max_tile_vectors; ++nv) {
        for (int mr = 1; mr <= max_tile_rows; ++mr) {
            kernels += needed.contains(mr, nv) ? 1 : 0;
        }
    }
    CHECK(kernels >= 1);
    CHECK(kernels <= 2);
}
