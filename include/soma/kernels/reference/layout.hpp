// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The definitions of the layout changes: index maps, and one rounding where formats differ.

#include <cstddef>

#include <soma/numeric/convert.hpp>

namespace soma::kernels::reference {

/// NCHW to NHWC with `pitch` channels per pixel and a border of `halo` zero pixels.
template <numeric_format Out>
void import_nchw(const float* nchw,
                 int batch,
                 int c,
                 int h,
                 int w,
                 Out* nhwc,
                 int pitch,
                 int halo_h,
                 int halo_w) noexcept {
    for (int b = 0; b < batch; ++b) {
        for (int y = -halo_h; y < h + halo_h; ++y) {
            for (int x = -halo_w; x < w + halo_w; ++x) {
                for (int i = 0; i < pitch; ++i) {
                    const bool inside = i < c && y >= 0 && y < h && x >= 0 && x < w;
                    *nhwc++ = convert_to<Out>(inside ? nchw[((b * c + i) * h + y) * w + x] : 0.0F);
                }
            }
        }
    }
}

/// NHWC with `pitch` channels per pixel to dense NCHW.
template <numeric_format In, numeric_format Out>
void export_nchw(const In* nhwc, int batch, int c, int h, int w, int pitch, Out* nchw) noexcept {
    for (int b = 0; b < batch; ++b) {
        for (int i = 0; i < c; ++i) {
            for (int pixel = 0; pixel < h * w; ++pixel) {
                *nchw++ = convert_to<Out>(nhwc[(b * h * w + pixel) * pitch + i]);
            }
        }
    }
}

}  // namespace soma::kernels::reference
