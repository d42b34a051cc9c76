// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Both ends of Winograd's filtering: pixels to transformed tiles, products to finished pixels.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <soma/base/unroll.hpp>
#include <soma/kernels/access.hpp>
#include <soma/kernels/epilogue.hpp>
#include <soma/kernels/geometry.hpp>
#include <soma/kernels/micro_kernel.hpp>
#include <soma/kernels/tile_job.hpp>
#include <soma/kernels/winograd_matrices.hpp>
#include <soma/kernels/winograd_plan.hpp>
#include <soma/kernels/winograd_transform.hpp>

SOMA_INTRINSICS_BEGIN

namespace soma::kernels::detail {

/// The first output of a tile.
struct winograd_tile {
    int image, y, x;
};

/// Reads tiles of the input and writes tiles of the output.
template <class Isa, int M>
class winograd_edges {
public:
    /// `zeros` has room for a transformed pixel; it becomes what lies outside of the image.
    winograd_edges(const conv_geometry& g,
                   const float* in,
                   float* zeros,
                   const float* bias,
                   float* out,
                   const epilogue<float>& finish) noexcept
        : g_(g), in_(in), zeros_(zeros), bias_(bias), out_(out), finish_(finish) {
        std::memset(zeros, 0, static_cast<std::size_t>(winograd_pitch(g)) * sizeof(float));
    }

    /// The first tile of a row of tiles, counted over all samples.
    [[nodiscard]] winograd_tile tile_at(int row) const noexcept {
        const int down = winograd_tiles_down(g_, M);
        return {row / down, row % down * M, 0};
    }

    /// To the next tile in order.
    void advance(winograd_tile& tile) const noexcept {
        tile.x += M;
        if (tile.x >= g_.out_w) {
            tile.x = 0;
            tile.y += M;
            if (tile.y >= g_.out_h) {
                tile.y = 0;
                ++tile.image;
            }
        }
    }

    /// Bytes that a transform of `channels` channels fetches.
    [[nodiscard]] static int fetched_bytes(int channels) noexcept {
        return channels / Isa::lanes * line_share * cache_line;
    }

    /// Transforms all channels of a tile, and fetches weights from the address `line` on.
    void transform_input(const winograd_tile& tile,
                         float* to,
                         std::ptrdiff_t stride,
                         std::uintptr_t line) const noexcept {
        const int y = tile.y - g_.pad_h;
        const int x = tile.x - g_.pad_w;
        const std::ptrdiff_t row_pitch = std::ptrdiff_t{g_.in_w} * g_.in_pitch;
        const float* const image = in_ + tile.image * (g_.in_h * row_pitch);
        const bool inside = y >= 0 && x >= 0 && y + inputs <= g_.in_h && x + inputs <= g_.in_w;
        if (inside) {
            whole_tile(image + y * row_pitch + std::ptrdiff_t{x} * g_.in_pitch, row_pitch, to,
                       stride, line);
        } else {
            edge_tile(image, y, x, to, stride, line);
        }
    }

    /// Finishes and stores `columns` output channels of a tile, from `first` on, as far as there
    /// are any; fetches weights from the address `line` on.
    SOMA_NOINLINE void transform_output(const winograd_tile& tile,
                                        const float* from,
                                        std::ptrdiff_t stride,
                                        int first,
                                        int columns,
                                        std::uintptr_t line) const noexcept {
        const int rows = least(M, g_.out_h - tile.y);
        const int across = least(M, g_.out_w - tile.x);
        const std::ptrdiff_t pixel =
            (std::ptrdiff_t{tile.image} * g_.out_h + tile.y) * g_.out_w + tile.x;
        const std::ptrdiff_t at = pixel * g_.out_pitch + first;
        const int stored = least(columns, g_.out_c - first);
        int c = 0;
        for (; c + Isa::lanes <= stored; c += Isa::lanes) {
            fetch_share(line);
            store_tile(whole_access<Isa>{}, from + c, stride, at + c, first + c, rows, across);
        }
        if (c < stored) {
            store_tile(partial_access<Isa>{stored - c}, from + c, stride, at + c, first + c, rows,
                       across);
        }
    }

private:
    static constexpr int inputs = winograd_filter<M>::inputs;
    static constexpr int positions = winograd_filter<M>::positions;
    using vec = simd::vec<Isa>;

    /// Lines fetched while one vector of channels is transformed: what memory delivers meanwhile.
    static constexpr int line_share = M == 4 ? 4 : 2;

    static void fetch_share(std::uintptr_t& line) noexcept {
        unroll<line_share>([&](auto) SOMA_ALWAYS_INLINE_LAMBDA {
            fetch(line);
            line += cache_line;
        });
    }

    [[nodiscard]] static constexpr int least(int x, int y) noexcept { return x < y ? x : y; }

    /// A tile whose inputs all lie in the image.
    SOMA_NOINLINE void whole_tile(const float* from,
                                  std::ptrdiff_t row_pitch,
                                  float* to,
                                  std::ptrdiff_t stride,
                                  std::uintptr_t line) const noexcept {
        const std::ptrdiff_t pixel_pitch = g_.in_pitch;
        int c = 0;
        for (; c + Isa::lanes <= g_.in_c; c += Isa::lanes) {
            fetch_share(line);
            winograd_transform_input<Isa, M>(
                [&](auto i, auto j) SOMA_ALWAYS_INLINE_LAMBDA {
                    return simd::load<Isa>(from + i * row_pitch + j * pixel_pitch + c);
                },
                to + c, stride);
        }
        if (c < g_.in_c) {
            pixel_table table;
            unroll<positions>([&](auto p) {
                table[p] = from + p / inputs * row_pitch + p % inputs * pixel_pitch;
            });
            rest_of_tile(table, c, to, stride);
        }
    }

    /// Where each of a tile's pixels is.
    using pixel_table = std::array<const float*, std::size_t{positions}>;

    /// A tile with inputs outside of the image: they are read from a pixel of zeros.
    SOMA_NOINLINE void edge_tile(const float* image,
                                 int y,
                                 int x,
                                 float* to,
                                 std::ptrdiff_t stride,
                                 std::uintptr_t line) const noexcept {
        pixel_table table;
        for (int i = 0; i < inputs; ++i) {
            for (int j = 0; j < inputs; ++j) {
                const bool inside = y + i >= 0 && y + i < g_.in_h && x + j >= 0 && x + j < g_.in_w;
                const std::ptrdiff_t pixel = std::ptrdiff_t{y + i} * g_.in_w + (x + j);
                table[static_cast<std::size_t>(i * inputs + j)] =
                    inside ? image + pixel * g_.in_pitch : zeros_;
            }
        }
        int c = 0;
        for (; c + Isa::lanes <= g_.in_c; c += Isa::lanes) {
            fetch_share(line);
            winograd_transform_input<Isa, M>(
                [&](auto i, auto j) SOMA_ALWAYS_INLINE_LAMBDA {
                    return simd::load<Isa>(table[i * inputs + j] + c);
                },
                to + c, stride);
        }
        if (c < g_.in_c) {
            rest_of_tile(table, c, to, stride);
        }
    }

    /// The channels from `c` on, less than a vector of them.
    SOMA_NOINLINE void rest_of_tile(const pixel_table& table,
                                    int c,
                                    float* to,
                                    std::ptrdiff_t stride) const noexcept {
        const int count = g_.in_c - c;
        winograd_transform_input<Isa, M>(
            [&](auto i, auto j) SOMA_ALWAYS_INLINE_LAMBDA {
                return simd::load_partial<Isa>(table[i * inputs + j] + c, count);
            },
            to + c, stride);
    }

    /// One vector of channels of a tile, of which `rows` x `across` pixels are in the image.
    template <class Access>
    SOMA_ALWAYS_INLINE void store_tile(Access access,
                                       const float* from,
                                       std::ptrdiff_t stride,
                                       std::ptrdiff_t at,
                                       int channel,
                                       int rows,
                                       int across) const noexcept {
        const vec bias = simd::load<Isa>(bias_ + channel);
        winograd_transform_output<Isa, M>(
            from, stride, [&](auto i, winograd_line<Isa, M> row) SOMA_ALWAYS_INLINE_LAMBDA {
                if (i >= rows) {
                    return;
                }
                const std::ptrdiff_t start = at + i * (std::ptrdiff_t{g_.out_w} * g_.out_pitch);
                unroll<M>([&](auto j) SOMA_ALWAYS_INLINE_LAMBDA { row[j] = row[j] + bias; });
                if (finish_.residual != nullptr) {
                    unroll<M>([&](auto j) SOMA_ALWAYS_INLINE_LAMBDA {
                        if (j < across) {
                            row[j] =
                                row[j] + access.load(finish_.residual + start + j * g_.out_pitch);
                        }
                    });
                }
                activate(row);
                unroll<M>([&](auto j) SOMA_ALWAYS_INLINE_LAMBDA {
                    if (j < across) {
                        access.store(row[j], out_ + start + j * g_.out_pitch);
                    }
                });
            });
    }

    SOMA_ALWAYS_INLINE void activate(winograd_line<Isa, M>& row) const noexcept {
        if (finish_.post != nullptr) {
            alignas(64) float values[std::size_t{M} * Isa::lanes];
            unroll<M>([&](auto j) SOMA_ALWAYS_INLINE_LAMBDA {
                simd::store_aligned(row[j], values + j * Isa::lanes);
            });
            finish_.post(values, M * Isa::lanes, finish_.parameters);
            unroll<M>([&](auto j) SOMA_ALWAYS_INLINE_LAMBDA {
                row[j] = simd::load_aligned<Isa>(values + j * Isa::lanes);
            });
        } else if (finish_.kind != activation::none) {
            unroll<M>([&](auto j) SOMA_ALWAYS_INLINE_LAMBDA {
                row[j] = clamp(row[j], finish_.kind, finish_.parameters);
            });
        }
    }

    conv_geometry g_;
    const float* in_;
    const float* zeros_;
    const float* bias_;
    float* out_;
    epilogue<float> finish_;
};

}  // namespace soma::kernels::detail

SOMA_INTRINSICS_END
