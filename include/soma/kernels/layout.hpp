// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Changes of layout at a program's edges and between layers that disagree: NCHW to NHWC and back,
/// concatenation of channels, flattening in NCHW order.

#include <cstddef>
#include <cstring>
#include <type_traits>

#include <soma/base/unroll.hpp>
#include <soma/kernels/access.hpp>
#include <soma/kernels/elementwise.hpp>
#include <soma/kernels/unit_range.hpp>

namespace soma::kernels {

namespace detail {

/// Channels and pixels of a block that is transposed at once: both sides stay in the first cache.
inline constexpr int transposed_channels = 16;
inline constexpr int transposed_pixels = 64;

/// `to[x * to_step + y * to_plane] = from[x * from_step + y * from_plane]`, x running fastest.
template <class T>
SOMA_ALWAYS_INLINE void transpose_block(const T* from,
                                        std::ptrdiff_t from_step,
                                        std::ptrdiff_t from_plane,
                                        T* to,
                                        std::ptrdiff_t to_step,
                                        std::ptrdiff_t to_plane,
                                        int columns,
                                        int planes) noexcept {
    for (int y = 0; y < planes; ++y) {
        const T* source = from + y * from_plane;
        T* target = to + y * to_plane;
        for (int x = 0; x < columns; ++x, source += from_step, target += to_step) {
            *target = *source;
        }
    }
}

/// `transpose_block` of three planes, an image's colours, to pixels of three or four elements, the
/// fourth of them zero. With that much constant, compilers make shuffles of it.
template <int Pitch>
void interleave_colours(const float* from, std::ptrdiff_t plane, float* to, int pixels) noexcept {
    static_assert(Pitch == 3 || Pitch == 4);
    const float* const SOMA_RESTRICT first = from;
    const float* const SOMA_RESTRICT second = from + plane;
    const float* const SOMA_RESTRICT third = from + 2 * plane;
    float* const SOMA_RESTRICT pixel = to;
    for (std::ptrdiff_t x = 0; x < pixels; ++x) {
        pixel[Pitch * x] = first[x];
        pixel[Pitch * x + 1] = second[x];
        pixel[Pitch * x + 2] = third[x];
        if constexpr (Pitch == 4) {
            pixel[Pitch * x + 3] = 0.0F;
        }
    }
}

/// Calls `use(first pixel, pixels, first channel, channels)` for each block of pixels
/// `[first_pixel, last_pixel)`.
template <class Use>
SOMA_ALWAYS_INLINE void for_each_block(int first_pixel,
                                       int last_pixel,
                                       int channels,
                                       Use use) noexcept {
    for (int p = first_pixel; p < last_pixel; p += transposed_pixels) {
        const int block = last_pixel - p < transposed_pixels ? last_pixel - p : transposed_pixels;
        for (int i = 0; i < channels; i += transposed_channels) {
            const int rest = channels - i;
            use(p, block, i, rest < transposed_channels ? rest : transposed_channels);
        }
    }
}

/// `pixels` pixels from planes `plane` floats apart to rows of `pitch` channels.
template <class Isa, class Out>
void import_pixels(
    const float* planes, std::ptrdiff_t plane, int pixels, int c, Out* out, int pitch) noexcept {
    const auto step = static_cast<std::ptrdiff_t>(pitch);
    if (pitch == 1) {
        cast<Isa>(planes, out, static_cast<std::size_t>(pixels));
        return;
    }
    for_each_block(0, pixels, pitch, [&](int p, int block, int first, int lanes) {
        const float* const from = planes + first * plane + p;
        Out* const to = out + p * step + first;
        const int rest = c > first ? c - first : 0;
        const int filled = rest < lanes ? rest : lanes;
        if constexpr (std::is_same_v<Out, float>) {
            // One block of channels: the rows are next to each other already.
            if (lanes == pitch && filled == lanes) {
                if (lanes == 3) {
                    interleave_colours<3>(from, plane, to, block);
                    return;
                }
                transpose_block(from, 1, plane, to, step, 1, block, lanes);
                return;
            }
        }
        // Via a compact block: rows of many channels lie powers of two apart and evict each other.
        alignas(64) float buffer[transposed_pixels * transposed_channels];
        if (filled == 3 && lanes == 3) {
            interleave_colours<3>(from, plane, buffer, block);
        } else if (filled == 3 && lanes == 4) {
            interleave_colours<4>(from, plane, buffer, block);
        } else {
            if (filled < lanes) {
                std::memset(buffer, 0,
                            static_cast<std::size_t>(block) * static_cast<std::size_t>(lanes)
                                * sizeof(float));
            }
            transpose_block(from, 1, plane, buffer, lanes, 1, block, filled);
        }
        if (lanes == pitch) {
            cast<Isa>(buffer, to,
                      static_cast<std::size_t>(block) * static_cast<std::size_t>(lanes));
        } else {
            for (int x = 0; x < block; ++x) {
                cast<Isa>(buffer + x * lanes, to + x * step, static_cast<std::size_t>(lanes));
            }
        }
    });
}

}  // namespace detail

/// NCHW floats to NHWC with `pitch` channels per pixel and a border of zero pixels, `halo_h` rows
/// above and below and `halo_w` columns left and right. Pad lanes are zero.
///
/// Writes the image rows `rows` of all images in order; an image's first and last row bring the
/// border above and below with them.
template <class Isa, class Out>
void import_nchw(const float* nchw,
                 int batch,
                 int c,
                 int h,
                 int w,
                 Out* nhwc,
                 int pitch,
                 int halo_h = 0,
                 int halo_w = 0,
                 const unit_range& rows = {}) noexcept {
    const std::ptrdiff_t plane = std::ptrdiff_t{h} * w;
    const std::ptrdiff_t stored_row = std::ptrdiff_t{w + 2 * halo_w} * pitch;
    const auto clear = [](Out* from, std::ptrdiff_t elements) {
        if (elements > 0) {
            std::memset(from, 0, static_cast<std::size_t>(elements) * sizeof(Out));
        }
    };
    for_each_image(rows.within(batch * h), h, [&](int b, int first, int last) {
        Out* const image = nhwc + b * ((h + 2 * halo_h) * stored_row);
        if (first == 0) {
            clear(image, halo_h * stored_row);
        }
        const float* from = nchw + b * (c * plane) + std::ptrdiff_t{first} * w;
        Out* to = image + (halo_h + first) * stored_row;
        // Without columns of border these rows are one long row.
        const int count = halo_w == 0 ? 1 : last - first;
        const int row_pixels = halo_w == 0 ? (last - first) * w : w;
        const std::ptrdiff_t border = std::ptrdiff_t{halo_w} * pitch;
        for (int y = 0; y < count; ++y, from += w, to += stored_row) {
            clear(to, border);
            detail::import_pixels<Isa>(from, plane, row_pixels, c, to + border, pitch);
            clear(to + border + std::ptrdiff_t{row_pixels} * pitch, border);
        }
        if (last == h) {
            clear(image + (halo_h + h) * stored_row, halo_h * stored_row);
        }
    });
}

/// NHWC with `pitch` channels per pixel to dense NCHW floats, for the pixels `pixels` of all images
/// in order.
template <class Isa, class In>
void export_nchw(const In* nhwc,
                 int batch,
                 int c,
                 int h,
                 int w,
                 int pitch,
                 float* nchw,
                 const unit_range& pixels = {}) noexcept {
    const std::ptrdiff_t plane = std::ptrdiff_t{h} * w;
    const auto step = static_cast<std::ptrdiff_t>(pitch);
    for_each_image(pixels.within(batch * h * w), h * w, [&](int b, int begin, int end) {
        const In* const image = nhwc + b * plane * step;
        float* const planes = nchw + b * c * plane;
        if (plane == 1 || pitch == 1) {
            cast<Isa>(image + begin * step, planes + begin * c,
                      static_cast<std::size_t>(end - begin) * static_cast<std::size_t>(c));
            return;
        }
        detail::for_each_block(begin, end, c, [&](int p, int block, int first, int lanes) {
            const In* const from = image + p * step + first;
            float* const to = planes + first * plane + p;
            constexpr int room = detail::transposed_channels;
            alignas(64) float buffer[detail::transposed_pixels * room];
            for (int x = 0; x < block; ++x) {
                cast<Isa>(from + x * step, buffer + x * room, static_cast<std::size_t>(lanes));
            }
            detail::transpose_block<float>(buffer, room, 1, to, 1, plane, block, lanes);
        });
    });
}

/// Copies `c` channels of each of `rows` pixels to where `out` points in pixels of `pitch_out`, and
/// clears the `pad_lanes` lanes behind them: one input of a concatenation.
template <class Isa, class In, class Out>
void copy_channels(const In* in,
                   std::size_t rows,
                   int c,
                   int pitch_in,
                   Out* out,
                   int pitch_out,
                   int pad_lanes = 0) noexcept {
    for (std::size_t r = 0; r < rows; ++r, in += pitch_in, out += pitch_out) {
        cast<Isa>(in, out, static_cast<std::size_t>(c));
        clear_pad_lanes(out, c, c + pad_lanes);
    }
}

/// NHWC with `pitch` channels per pixel to one row of `c * h * w` values in NCHW order for each
/// sample; rows are `pitch_out` apart and their pad lanes zero.
///
/// Writes what comes from the pixels `pixels` of all images in order; an image's last pixel brings
/// the pad lanes with it.
template <class T>
void flatten_chw(const T* nhwc,
                 int batch,
                 int c,
                 int h,
                 int w,
                 int pitch,
                 T* out,
                 int pitch_out,
                 const unit_range& pixels = {}) noexcept {
    const std::ptrdiff_t plane = std::ptrdiff_t{h} * w;
    const auto step = static_cast<std::ptrdiff_t>(pitch);
    for_each_image(pixels.within(batch * h * w), h * w, [&](int b, int begin, int end) {
        const T* const image = nhwc + b * plane * step;
        T* const row = out + b * static_cast<std::ptrdiff_t>(pitch_out);
        detail::for_each_block(begin, end, c, [&](int p, int block, int first, int lanes) {
            detail::transpose_block(image + p * step + first, step, 1, row + first * plane + p, 1,
                                    plane, block, lanes);
        });
        if (end == plane) {
            clear_pad_lanes(row, static_cast<int>(c * plane), pitch_out);
        }
    });
}

}  // namespace soma::kernels
