// SPDX-License-Identifier: MIT
#include <soma/compile/node_part.hpp>

using namespace soma;
using simd::isa::avx512;

namespace {

/// A padded 3x3 convolution of 64 to 200 channels on 3 images of 10x12, cut by hand.
constexpr plan_node convolution(cut how, int units, int chunks) {
    plan_node n;
    n.kind = op::conv2d;
    n.geometry = {.batch = 3,
                  .in_h = 10,
                  .in_w = 12,
                  .in_c = 64,
                  .in_pitch = 64,
                  .out_h = 10,
                  .out_w = 12,
                  .out_c = 200,
                  .out_pitch = 200,
                  .kernel_h = 3,
                  .kernel_w = 3,
                  .pad_h = 1,
                  .pad_w = 1};
    n.how = how;
    n.units = units;
    n.chunks = chunks;
    return n;
}

constexpr plan_node by_rows = convolution(cut::rows, 30, 4);
constexpr plan_node by_panels = [] {
    plan_node n = convolution(cut::panels, 5, 4);
    n.panel_bytes = 1000;
    n.next_units = 6;
    n.next_panel_bytes = 70;
    return n;
}();

consteval bool all_tiles_found(const plan_node& n) {
    const auto found = passes::tiles_of_chunks<avx512, float>(n, 2);
    kernels::tile_set wanted;
    for (int chunk = 0; chunk < n.chunks; ++chunk) {
        wanted =
            wanted | kernels::tiles_needed<avx512, float>(n.geometry, part_of(n, chunk, 2).matmul);
    }
    return found == wanted;
}

}  // namespace

// 30 rows in four chunks: 7, 8, 7, 8.
static_assert(part_of(by_rows, 1, 2).matmul.first_row == 7
              && part_of(by_rows, 1, 2).matmul.last_row == 15
              && part_of(by_rows, 3, 2).matmul.last_row == 30
              && part_of(by_rows, 1, 2).matmul.last_panel == kernels::conv_part::all);
// Rows read the same weights again; behind the last ones of a core, another node's.
static_assert(!part_of(by_rows, 0, 2).reads_next && part_of(by_rows, 1, 2).reads_next
              && !part_of(by_rows, 1, 2).own_next && part_of(by_rows, 1, 2).next == 0);

// 5 panels in four chunks: 1, 1, 1, 2; the second core's share of the next six starts at three.
static_assert(part_of(by_panels, 3, 2).matmul.first_panel == 3
              && part_of(by_panels, 3, 2).matmul.last_panel == 5);
static_assert(part_of(by_panels, 0, 2).own_next && part_of(by_panels, 0, 2).next == 1000);
static_assert(part_of(by_panels, 1, 2).next == 0 && part_of(by_panels, 3, 2).next == 3 * 70);

// What is not cut is all of a node.
static_assert(part_of(convolution(cut::one, 1, 1), 0, 2).matmul == kernels::conv_part{});

// Questions that are not asked twice would have had the same answer.
static_assert(all_tiles_found(by_rows) && all_tiles_found(convolution(cut::rows, 30, 30))
              && all_tiles_found(convolution(cut::rows, 30, 7))
              && all_tiles_found(convolution(cut::panels, 4, 3))
              && all_tiles_found(convolution(cut::one, 1, 1)));

// Nodes of one chunk share a step until one of several comes between.
static_assert([] {
    pass_step steps[5] = {};
    int count = 0;
    const int chunks[] = {1, 1, 8, 1, 1};
    for (int node = 0; node < 5; ++node) {
        count = passes::add_step(steps, count, node, chunks[node]);
    }
    return count == 3 && steps[0].first == 0 && steps[0].last == 2 && steps[1].first == 2
           && steps[1].chunks == 8 && steps[2].first == 3 && steps[2].last == 5;
}());
