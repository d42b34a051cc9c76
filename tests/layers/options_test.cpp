// SPDX-License-Identifier: MIT
#include <soma/layers/options.hpp>

#include "support/lower.hpp"

using namespace soma;
using layers::detail::unsound;
using layers::detail::with_options;

namespace {

/// Options are structural: a program can bring its own.
struct same_padding_of_three {
    static constexpr void apply(layer_options& o) noexcept { o.win.pad_h = o.win.pad_w = 1; }
};
struct no_option {};

}  // namespace

static_assert(layer_option<stride<2>> && layer_option<groups<3>> && layer_option<with_bias>);
static_assert(layer_option<same_padding_of_three> && !layer_option<no_option>
              && !layer_option<int>);

static_assert([] {
    const layer_options o =
        with_options<stride<2, 3>, padding<4, 5>, dilation<6, 7>, kernel_size<8, 9>, groups<10>,
                     in_channels<11>, with_bias, exclude_padding>({});
    return o.win.stride_h == 2 && o.win.stride_w == 3 && o.win.pad_h == 4 && o.win.pad_w == 5
           && o.win.dilation_h == 6 && o.win.dilation_w == 7 && o.win.kernel_h == 8
           && o.win.kernel_w == 9 && o.groups == 10 && o.in_channels == 11 && o.bias
           && !o.count_include_pad;
}());
static_assert(with_options<each_token>({}).each_token && !with_options<>({}).each_token);
static_assert(with_options<stride<2>>({}).win.stride_w == 2, "one number means a square");
static_assert(with_options<with_bias>({}).bias && !with_options<with_bias, no_bias>({}).bias);
static_assert(with_options<stride<2>, stride<3>>({}).win.stride_h == 3, "the last one counts");
static_assert(with_options<same_padding_of_three>({}).win.pad_w == 1);

static_assert(unsound({}).member.empty());
static_assert(unsound({.kernel_w = 0}).member == "kernel" && unsound({.kernel_w = 0}).w == 0);
static_assert(unsound({.stride_h = -1}).member == "stride" && unsound({.stride_h = -1}).h == -1);
static_assert(unsound({.dilation_w = 0}).member == "dilation");
static_assert(unsound({.pad_h = -2}).member == "padding" && unsound({.pad_h = -2}).least == 0);
