// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// How a convolution is cut into register tiles: the one place that plan, packing and driver ask.

#include <array>
#include <cstddef>
#include <cstdint>

#include <soma/base/math.hpp>
#include <soma/kernels/border.hpp>
#include <soma/kernels/geometry.hpp>
#include <soma/kernels/part.hpp>
#include <soma/numeric/format.hpp>
#include <soma/simd/isa.hpp>

namespace soma::kernels {

/// Most output pixels in a register tile.
inline constexpr int max_tile_rows = 12;
/// Most vectors of output channels in a register tile.
inline constexpr int max_tile_vectors = 4;

/// The register tile of a convolution and the panels of output channels it implies.
struct conv_tiling {
    int mr;       ///< most output pixels in a tile
    int nv;       ///< vectors of output channels in a panel
    int panels;   ///< panels of one group
    int tail_nv;  ///< vectors in the last panel

    friend constexpr bool operator==(const conv_tiling&, const conv_tiling&) = default;
};

/// Consecutive runs of a number of rows whose sizes differ by at most one.
struct balanced_split {
    int tiles;  ///< how many runs
    int small;  ///< rows of a short run
    int large;  ///< how many runs have one row more; they come first

    constexpr balanced_split(int rows, int most) noexcept
        : tiles(ceil_div(rows, most)),
          small(tiles == 0 ? 0 : rows / tiles),
          large(tiles == 0 ? 0 : rows % tiles) {}

    /// Rows of run `index`.
    [[nodiscard]] constexpr int rows(int index) const noexcept {
        return index < large ? small + 1 : small;
    }
};

/// A set of micro-kernels, as a template argument: those a program calls and no others.
struct tile_set {
    std::uint64_t dense = 0;      ///< bit `16 (nv - 1) + mr - 1`
    std::uint32_t depthwise = 0;  ///< bit `mr - 1`

    [[nodiscard]] constexpr bool contains(int mr, int nv) const noexcept {
        return (dense >> (16 * (nv - 1) + mr - 1) & 1U) != 0;
    }
    [[nodiscard]] constexpr bool contains_depthwise(int mr) const noexcept {
        return (depthwise >> (mr - 1) & 1U) != 0;
    }
    constexpr void insert(int mr, int nv) noexcept {
        dense |= std::uint64_t{1} << (16 * (nv - 1) + mr - 1);
    }
    constexpr void insert_depthwise(int mr) noexcept { depthwise |= std::uint32_t{1} << (mr - 1); }

    friend constexpr tile_set operator|(tile_set x, tile_set y) noexcept {
        return {x.dense | y.dense, x.depthwise | y.depthwise};
    }
    friend constexpr bool operator==(const tile_set&, const tile_set&) = default;
};

/// Every micro-kernel that fits the registers.
inline constexpr tile_set all_tiles{~std::uint64_t{0}, ~std::uint32_t{0}};

/// Elements of one tap in packed weights: BF16 is packed in pairs along the input channels.
template <numeric_format T>
[[nodiscard]] constexpr int packed_depth(const conv_geometry& g) noexcept {
    return pitch_of(g.group_in(), format_of<T>);
}

/// Whether dense convolutions of `T` run on matrix tiles.
template <simd::instruction_set Isa, numeric_format T>
inline constexpr bool uses_matrix_tiles = Isa::matrix_tiles && format_of<T> == format::bf16;

/// Elements of a panel's columns: of all taps, one after the other.
///
/// Matrix tiles read whole steps of 32 elements, past the end of a short tap: what follows the last
/// one is zeros.
template <simd::instruction_set Isa, numeric_format T>
[[nodiscard]] constexpr int panel_depth(const conv_geometry& g) noexcept {
    constexpr int step = 32;
    const int depth = packed_depth<T>(g);
    const bool reads_past = uses_matrix_tiles<Isa, T> && !g.depthwise() && depth % step != 0;
    return g.taps() * depth + (reads_past ? step : 0);
}

/// The most rows of a tile `nv` vectors wide: accumulators, one row of weights and one broadcast
/// fill the registers; more than eight rows of a large power-of-two pitch share too few cache sets.
///
/// Pairs of BF16 that have to be split take registers for their halves too: where there are
/// sixteen, a tile of twelve accumulators took 1.7 times as long as one of eight.
template <simd::instruction_set Isa, numeric_format T>
[[nodiscard]] constexpr int tile_rows(int nv) noexcept {
    if constexpr (Isa::registers >= 32) {
        constexpr std::array<int, 5> rows{0, 12, 12, 8, 6};
        return rows[static_cast<std::size_t>(nv)];
    } else if constexpr (format_of<T> == format::bf16) {
        constexpr std::array<int, 5> rows{0, 8, 4, 2, 0};
        return rows[static_cast<std::size_t>(nv)];
    } else {
        constexpr std::array<int, 5> rows{0, 8, 6, 4, 0};
        return rows[static_cast<std::size_t>(nv)];
    }
}

/// Pixels of a depthwise tile: they share each load of the weights.
template <simd::instruction_set Isa>
inline constexpr int depthwise_rows = 6;

namespace detail {

/// Vectors per panel for `vectors` vectors of output channels, each `vector_bytes` of weights.
template <simd::instruction_set Isa>
[[nodiscard]] constexpr int panel_vectors(int vectors, std::int64_t vector_bytes) noexcept {
    // A panel is read once per tile, so it must stay in a second-level cache of 1 MiB.
    constexpr std::int64_t cache_share = 640 * 1024;
    if constexpr (Isa::registers >= 32) {
        if (vectors % 2 == 0 && 3 * vector_bytes > cache_share) {
            return 2;
        }
        if (vectors % 4 == 0) {
            return 4;
        }
        if (vectors % 3 == 0) {
            return 3;
        }
        if (vectors % 2 == 0 || vectors == 1) {
            return vectors % 2 == 0 ? 2 : 1;
        }
        // Odd: the widest panel that leaves a tail of at least two vectors, which keeps enough
        // accumulators to cover the latency of an addition.
        return vectors % 4 == 3 ? 4 : vectors % 3 == 2 ? 3 : 2;
    } else {
        if (vectors == 1) {
            return 1;
        }
        return vectors % 3 == 0 && vectors % 2 != 0 ? 3 : 2;
    }
}

}  // namespace detail

/// The tiling of `g`. Panels depend on neither batch nor image size, so that packed weights serve
/// every schedule.
template <simd::instruction_set Isa, numeric_format T>
[[nodiscard]] constexpr conv_tiling pick_tiling(const conv_geometry& g) noexcept {
    const int vectors = ceil_div(g.group_out(), Isa::lanes);
    if constexpr (uses_matrix_tiles<Isa, T>) {
        const int panels = ceil_div(vectors, 2);
        return {16, vectors > 1 ? 2 : 1, panels, vectors - 2 * (panels - 1)};
    }
    const std::int64_t vector_bytes = std::int64_t{g.taps()} * packed_depth<T>(g) * Isa::lanes
                                      * static_cast<std::int64_t>(sizeof(T));
    const int nv = detail::panel_vectors<Isa>(vectors, vector_bytes);
    const int panels = ceil_div(vectors, nv);
    return {tile_rows<Isa, T>(nv), nv, panels, vectors - (panels - 1) * nv};
}

/// The micro-kernels that `conv2d` calls for `part` of `g`.
template <simd::instruction_set Isa, numeric_format T>
[[nodiscard]] constexpr tile_set tiles_needed(const conv_geometry& g,
                                              const conv_part& part = {}) noexcept {
    tile_set needed;
    const bool depthwise = g.depthwise();
    if (uses_matrix_tiles<Isa, T> && !depthwise) {
        return needed;
    }
    const conv_tiling tiling = pick_tiling<Isa, T>(g);
    for (const pixel_span& span : part_spans(g, part)) {
        const balanced_split split(span.count, depthwise ? depthwise_rows<Isa> : tiling.mr);
        // The first run is the longest, the last the shortest.
        for (const int index : {0, split.tiles - 1}) {
            if (split.tiles == 0) {
                continue;
            }
            const int mr = split.rows(index);
            if (depthwise) {
                needed.insert_depthwise(mr);
            } else {
                if (part.last_panel >= tiling.panels) {
                    needed.insert(mr, tiling.tail_nv);
                }
                if (tiling.panels - 1 > part.first_panel) {
                    needed.insert(mr, tiling.nv);
                }
            }
        }
    }
    return needed;
}

}  // namespace soma::kernels
