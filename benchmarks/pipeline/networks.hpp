// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Networks whose weights are one and a half times a common size of second-level cache: two cores
/// keep them, one does not.

#include <soma/soma.hpp>

namespace bench {

/// Nothing but weights to read: four linear layers.
template <int Width>
struct linear_stack
    : soma::model<
          soma::input<float, Width, 1, 1>,
          soma::layers::scope<
              "stack",
              soma::layers::repeat<4,
                                   soma::layers::sequential<soma::layers::linear<"linear", Width>,
                                                            soma::layers::relu>>>> {};

/// Arithmetic above all: ten convolutions of 196 pixels.
template <int Channels>
struct conv_stack
    : soma::model<
          soma::input<float, Channels, 14, 14>,
          soma::layers::scope<
              "stack",
              soma::layers::repeat<10,
                                   soma::layers::sequential<
                                       soma::layers::conv2d<"conv", Channels, 3, soma::padding<1>>,
                                       soma::layers::relu>>>> {};

namespace detail {

template <soma::fixed_string Name, int Channels>
using halving = soma::layers::scope<
    Name,
    soma::layers::sequential<
        soma::layers::conv2d<"narrow", Channels / 2, 1>,
        soma::layers::conv2d<"down", Channels, 3, soma::stride<2>, soma::padding<1>>,
        soma::layers::relu,
        soma::layers::conv2d<"keep", Channels, 3, soma::padding<1>>,
        soma::layers::relu>>;

}  // namespace detail

/// As in networks for images: arithmetic at the front, weights at the end, so that stages which are
/// equal in time are not equal in weights.
template <int Channels>
struct pyramid : soma::model<soma::input<float, 16, 56, 56>,
                             detail::halving<"quarter", Channels>,
                             detail::halving<"eighth", 2 * Channels>,
                             detail::halving<"sixteenth", 4 * Channels>,
                             soma::layers::global_average_pool,
                             soma::layers::flatten,
                             soma::layers::linear<"classes", 100>> {};

}  // namespace bench
