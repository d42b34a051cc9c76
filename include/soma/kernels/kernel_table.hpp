// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The micro-kernels of a tile set, by size.

#include <array>
#include <cstddef>

#include <soma/base/unroll.hpp>
#include <soma/kernels/depthwise.hpp>
#include <soma/kernels/micro_kernel.hpp>
#include <soma/kernels/tile_job.hpp>
#include <soma/kernels/tiling.hpp>

namespace soma::kernels {

/// Pointers to micro-kernels; null where the set has none.
template <class T, class Out>
struct kernel_table {
    std::array<std::array<tile_kernel<T, Out>, max_tile_rows + 1>, max_tile_vectors + 1> dense{};
    std::array<tile_kernel<T, Out>, max_tile_rows + 1> depthwise{};
};

/// The table of `Needed`: what it lacks is never instantiated.
template <class Isa, class T, class Out, tile_set Needed>
[[nodiscard]] constexpr kernel_table<T, Out> make_kernel_table() noexcept {
    kernel_table<T, Out> table;
    unroll<max_tile_vectors>([&](auto v) {
        constexpr int nv = v + 1;
        unroll<tile_rows<Isa, T>(nv)>([&](auto m) {
            constexpr int mr = m + 1;
            if constexpr (Needed.contains(mr, nv)) {
                table.dense[nv][mr] = &micro_kernel<Isa, T, Out, mr, nv>;
            }
        });
    });
    unroll<depthwise_rows<Isa>>([&](auto m) {
        constexpr int mr = m + 1;
        if constexpr (Needed.contains_depthwise(mr)) {
            table.depthwise[mr] = &depthwise_kernel<Isa, T, Out, mr>;
        }
    });
    return table;
}

}  // namespace soma::kernels
