// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A scale and a shift for each channel: a batch normalisation that no convolution absorbed.

#include <cstddef>

#include <soma/kernels/access.hpp>
#include <soma/kernels/activation_kind.hpp>
#include <soma/kernels/elementwise.hpp>

namespace soma::kernels {

/// `out[r][i] = kind(in[r][i] * scale[i] + shift[i])`, zero in the pad lanes.
///
/// The product is rounded before the sum, also where a fused instruction exists, so that every
/// instruction set gives the same bits.
/// \pre `post` is set where `kind` is no register activation.
template <class Isa, class In, class Out>
void channel_affine(const In* in,
                    std::size_t rows,
                    int c,
                    int pitch,
                    const float* scale,
                    const float* shift,
                    Out* out,
                    activation kind = activation::none,
                    activation_parameters parameters = {},
                    activation_function post = nullptr) noexcept {
    for (std::size_t r = 0; r < rows; ++r) {
        detail::for_each_activated<Isa>(out, static_cast<std::size_t>(c), kind, parameters, post,
                                        [&](auto access, std::size_t i) {
                                            return access.load(in + i) * access.load(scale + i)
                                                   + access.load(shift + i);
                                        });
        clear_pad_lanes(out, c, pitch);
        in += pitch;
        out += pitch;
    }
}

}  // namespace soma::kernels
