// SPDX-License-Identifier: MIT
#include <soma/kernels/winograd_plan.hpp>

using namespace soma;
using namespace soma::kernels;
using isa = simd::native;

namespace {

constexpr conv_geometry square(int size, int channels, int batch = 1) {
    conv_geometry g;
    g.batch = batch;
    g.in_h = g.in_w = g.out_h = g.out_w = size;
    g.in_c = g.in_pitch = g.out_c = g.out_pitch = channels;
    g.kernel_h = g.kernel_w = 3;
    g.pad_h = g.pad_w = 1;
    return g;
}

constexpr bool possible_with(int conv_geometry::* option, int value) {
    conv_geometry g = square(8, 8);
    g.*option = value;
    return winograd_possible(g);
}

/// Whether every block of every way to cut `g` into two parts finds its micro-kernels among those
/// said to be needed, and its memory within what is asked for.
constexpr bool parts_are_planned(const conv_geometry& g, int m) {
    const int rows = g.batch * winograd_tiles_down(g, m);
    const conv_tiling tiling = winograd_tiling<isa>(g);
    for (int cut = 0; cut <= rows; ++cut) {
        int tiles = 0;
        for (const conv_part& part : {conv_part{.last_row = cut}, conv_part{.first_row = cut}}) {
            const tile_set needed = winograd_tiles_needed<isa>(g, m, part);
            const balanced_split blocks = winograd_blocks<isa>(g, m, part);
            for (int block = 0; block < blocks.tiles; ++block) {
                tiles += blocks.rows(block);
                const balanced_split row_tiles =
                    winograd_row_tiles<isa>(tiling, blocks.rows(block));
                for (int t = 0; t < row_tiles.tiles; ++t) {
                    if (row_tiles.rows(t) > tiling.mr
                        || !needed.contains(row_tiles.rows(t), tiling.tail_nv)
                        || (tiling.panels > 1 && !needed.contains(row_tiles.rows(t), tiling.nv))) {
                        return false;
                    }
                }
            }
        }
        if (tiles != rows * winograd_tiles_across(g, m)) {
            return false;
        }
    }
    return true;
}

}  // namespace

static_assert(winograd_possible(square(8, 8)));
static_assert(!possible_with(&conv_geometry::kernel_h, 5));
static_assert(!possible_with(&conv_geometry::stride_w, 2));
static_assert(!possible_with(&conv_geometry::dilation_h, 2));
static_assert(!possible_with(&conv_geometry::groups, 2));

static_assert(winograd_tiles_down(square(14, 8), 4) == 4);
static_assert(winograd_tiles_across(square(7, 8), 2) == 4);

static_assert(parts_are_planned(square(14, 48, 2), 4));
static_assert(parts_are_planned(square(31, 80), 2));
static_assert(parts_are_planned(square(7, 130, 3), 4));

// All of a layer whose weights do not stay in the cache is one block, so that they are read once.
static_assert(winograd_blocks<isa>(square(28, 128), 4, {}).tiles == 1);

static_assert(winograd_scratch_bytes<isa>(square(8, 8), 4, {.first_row = 1, .last_row = 1}) == 0);
static_assert(winograd_scratch_bytes<isa>(square(8, 8), 4, {.first_row = 1})
              <= winograd_scratch_bytes<isa>(square(8, 8), 4));
static_assert(winograd_stride(3, 16) == 48 && winograd_stride(4, 16) == 80);
