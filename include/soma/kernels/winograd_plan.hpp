// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// How a 3x3 convolution is cut for Winograd's filtering: tiles, blocks of them, panels, scratch.

#include <cstddef>
#include <cstdint>

#include <soma/base/math.hpp>
#include <soma/kernels/geometry.hpp>
#include <soma/kernels/part.hpp>
#include <soma/kernels/tiling.hpp>
#include <soma/simd/isa.hpp>

namespace soma::kernels {

/// Whether Winograd's filtering can compute `g` at all.
[[nodiscard]] constexpr bool winograd_possible(const conv_geometry& g) noexcept {
    return g.kernel_h == 3 && g.kernel_w == 3 && g.stride_h == 1 && g.stride_w == 1
           && g.dilation_h == 1 && g.dilation_w == 1 && g.groups == 1;
}

/// Products of a tile of m x m outputs for each pair of channels.
[[nodiscard]] constexpr int winograd_positions(int m) noexcept {
    return (m + 2) * (m + 2);
}

/// Tiles of m x m outputs down and across one image; those at the lower and right edge may be
/// partly outside.
[[nodiscard]] constexpr int winograd_tiles_down(const conv_geometry& g, int m) noexcept {
    return ceil_div(g.out_h, m);
}
[[nodiscard]] constexpr int winograd_tiles_across(const conv_geometry& g, int m) noexcept {
    return ceil_div(g.out_w, m);
}

/// The register tiles and panels of the products.
///
/// There are few tiles to share the weights that a register tile reads, so those come from the
/// first-level cache: a panel's weights of one position have to fit, or the panel is narrow and its
/// register tiles are tall.
template <simd::instruction_set Isa>
[[nodiscard]] constexpr conv_tiling winograd_tiling(const conv_geometry& g) noexcept {
    constexpr std::int64_t first_level = 32 * 1024;
    const int vectors = ceil_div(g.out_c, Isa::lanes);
    const std::int64_t vector_bytes =
        std::int64_t{g.in_c} * Isa::lanes * static_cast<std::int64_t>(sizeof(float));
    int nv = detail::panel_vectors<Isa>(vectors, vector_bytes);
    if (nv == 4 && 4 * vector_bytes > first_level) {
        nv = 2;
    }
    const int panels = ceil_div(vectors, nv);
    return {tile_rows<Isa, float>(nv), nv, panels, vectors - (panels - 1) * nv};
}

/// `part` with its ends within `g`.
///
/// What one core of several computes: its rows are rows of tiles, those of all samples in order -
/// row r is row `r % winograd_tiles_down` of sample `r / winograd_tiles_down` - and its panels
/// those of `winograd_tiling`. Parts that cover rows x panels once write each output once, with the
/// bits of the whole.
template <simd::instruction_set Isa>
[[nodiscard]] constexpr conv_part winograd_within(const conv_geometry& g,
                                                  int m,
                                                  const conv_part& part) noexcept {
    return part.within(g.batch * winograd_tiles_down(g, m), winograd_tiling<Isa>(g).panels);
}

/// Floats from one tile to the next in transformed inputs.
[[nodiscard]] constexpr int winograd_pitch(const conv_geometry& g) noexcept {
    return round_up(g.in_c, 16);
}

/// Most tiles that are transformed and multiplied together.
///
/// The transformed inputs of a block and one panel of their products stay in a second-level cache
/// of 1 MiB while all weights pass. Where the weights are too large to stay there as well, they are
/// read once more for each block, and that costs more than reading transformed inputs from further
/// away would: 28x28x128 takes 1.2 times as long in two blocks as in one.
template <simd::instruction_set Isa>
[[nodiscard]] constexpr int winograd_block(const conv_geometry& g, int m) noexcept {
    constexpr std::int64_t cache_share = 700 * 1024;
    constexpr std::int64_t float_size = sizeof(float);
    const std::int64_t position_bytes = winograd_positions(m) * float_size;
    const std::int64_t weight_bytes = position_bytes * g.in_c * round_up(g.out_c, Isa::lanes);
    const std::int64_t tile_bytes =
        position_bytes * (winograd_pitch(g) + winograd_tiling<Isa>(g).nv * Isa::lanes);
    const std::int64_t least = weight_bytes > cache_share ? 64 : 24;
    const std::int64_t fitting = cache_share / tile_bytes;
    return static_cast<int>(fitting < least ? least : fitting);
}

/// The blocks of a part's tiles.
template <simd::instruction_set Isa>
[[nodiscard]] constexpr balanced_split winograd_blocks(const conv_geometry& g,
                                                       int m,
                                                       const conv_part& part) noexcept {
    const int last_row = winograd_within<Isa>(g, m, part).last_row;
    const int tiles = (last_row - part.first_row) * winograd_tiles_across(g, m);
    return {tiles, winograd_block<Isa>(g, m)};
}

/// Rows of a block's register tiles: as many tiles as there are vectors in a panel, so that each
/// can fetch one of them of the next panel's.
template <simd::instruction_set Isa>
[[nodiscard]] constexpr balanced_split winograd_row_tiles(const conv_tiling& tiling,
                                                          int block) noexcept {
    const int even = ceil_div(block, tiling.nv);
    return {block, even < tiling.mr ? even : tiling.mr};
}

/// The micro-kernels that a part calls.
template <simd::instruction_set Isa>
[[nodiscard]] constexpr tile_set winograd_tiles_needed(const conv_geometry& g,
                                                       int m,
                                                       conv_part part = {}) noexcept {
    part = winograd_within<Isa>(g, m, part);
    tile_set needed;
    const conv_tiling tiling = winograd_tiling<Isa>(g);
    const balanced_split blocks = winograd_blocks<Isa>(g, m, part);
    for (const int block : {0, blocks.tiles - 1}) {
        if (blocks.tiles == 0 || part.first_panel == part.last_panel) {
            continue;
        }
        const balanced_split tiles = winograd_row_tiles<Isa>(tiling, blocks.rows(block));
        for (const int tile : {0, tiles.tiles - 1}) {
            if (part.last_panel == tiling.panels) {
                needed.insert(tiles.rows(tile), tiling.tail_nv);
            }
            if (part.last_panel < tiling.panels || part.last_panel - part.first_panel > 1) {
                needed.insert(tiles.rows(tile), tiling.nv);
            }
        }
    }
    return needed;
}

/// Floats from one position to the next in a block of `tiles` tiles, `pitch` floats each: an odd
/// number of cache lines, so that the positions of a tile lie in different sets of the cache.
[[nodiscard]] constexpr std::ptrdiff_t winograd_stride(int tiles, int pitch) noexcept {
    const std::ptrdiff_t lines = ceil_div(std::ptrdiff_t{tiles} * pitch, 16);
    return 16 * (lines % 2 == 0 ? lines + 1 : lines);
}

/// Bytes of scratch memory that a part needs, at an address that is a multiple of 64.
template <simd::instruction_set Isa>
[[nodiscard]] constexpr std::size_t winograd_scratch_bytes(const conv_geometry& g,
                                                           int m,
                                                           const conv_part& part = {}) noexcept {
    const balanced_split blocks = winograd_blocks<Isa>(g, m, part);
    if (blocks.tiles == 0) {
        return 0;
    }
    const int tiles = blocks.rows(0);
    const int columns = winograd_tiling<Isa>(g).nv * Isa::lanes;
    const auto floats =
        winograd_positions(m)
            * (winograd_stride(tiles, winograd_pitch(g)) + winograd_stride(tiles, columns))
        + winograd_pitch(g);
    return static_cast<std::size_t>(floats) * sizeof(float);
}

}  // namespace soma::kernels
