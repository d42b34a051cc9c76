// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The seconds that one operation keeps each part of a core busy.
///
/// | part       | seconds                                                                        |
/// |------------|--------------------------------------------------------------------------------|
/// | tensor     | tiles x (moving columns + load of the tile) / clock / efficiency               |
/// | vector     | elements x passes / rate; an FP32 element takes as long as two of 16 bits      |
/// | scalar     | elements / rate; likewise                                                      |
/// | weights    | bytes / this core's share of the chip's memory bandwidth                       |
/// | activations| live bytes beyond those on chip, and gathered rows, over the same path         |
///
/// The parts work side by side: an operation takes as long as the slowest of them.

#include <cstddef>

#include <soma/hardware/calibration.hpp>
#include <soma/hardware/neuron_core.hpp>
#include <soma/hardware/operation.hpp>
#include <soma/hardware/prediction.hpp>

namespace soma {

/// Seconds of one operation for a whole batch, by the part of the core that is busy.
struct node_cost {
    double tensor = 0, vector = 0, scalar = 0, weights = 0, activations = 0;

    /// While its weights are in on-chip memory.
    [[nodiscard]] constexpr double cached() const noexcept {
        double most = tensor;
        for (const double part : {vector, scalar, activations}) {
            most = part > most ? part : most;
        }
        return most;
    }
    /// While its weights arrive from device memory, over the path that activations use, too.
    [[nodiscard]] constexpr double streamed() const noexcept {
        const double moved = weights + activations;
        return moved > cached() ? moved : cached();
    }
    /// What the operation waits for beyond its arithmetic while its weights are cached.
    [[nodiscard]] constexpr stall cached_stall() const noexcept {
        return cached() == tensor        ? stall::compute
               : cached() == activations ? stall::activations
                                         : stall::vector;
    }
};

/// Adds the seconds of an operation whose weights are cached to what they are spent on.
constexpr void add_stalls(const node_cost& cost, double (&stalled)[stall_count]) noexcept {
    stalled[static_cast<int>(stall::compute)] += cost.tensor;
    stalled[static_cast<int>(cost.cached_stall())] += cost.cached() - cost.tensor;
}

namespace detail {

[[nodiscard]] constexpr long long tiles_of(long long extent, double tile) noexcept {
    const auto size = static_cast<long long>(tile);
    return (extent + size - 1) / size;
}

/// How many of `p`'s products share one stationary tile. Groups of a convolution stand in it as
/// blocks on the diagonal; the products of attention have moving sides of their own.
[[nodiscard]] constexpr long long products_in_tile(const matrix_product& p,
                                                   const tensor_engine& engine) noexcept {
    if (!p.learned || p.count == 1) {
        return 1;
    }
    const long long down = static_cast<long long>(engine.rows) / p.depth;
    const long long across = static_cast<long long>(engine.columns) / p.columns;
    const long long fit = down < across ? down : across;
    return fit < 1 ? 1 : fit < p.count ? fit : p.count;
}

}  // namespace detail

/// Cycles of `p` for `batch` samples with 16-bit operands.
///
/// Taps of a window with few channels are stacked in one stationary tile. Samples of a batch move
/// past the same weights; where both sides are activations every sample has its own products.
[[nodiscard]] constexpr double tensor_cycles(const matrix_product& p,
                                             int batch,
                                             const tensor_engine& engine) noexcept {
    if (p.count == 0) {
        return 0;
    }
    const long long together = detail::products_in_tile(p, engine);
    const long long products = (p.count + together - 1) / together * (p.learned ? 1 : batch);
    const long long stacked = detail::tiles_of(1LL * together * p.depth * p.taps, engine.rows);
    const long long one_by_one = p.taps * detail::tiles_of(together * p.depth, engine.rows);
    const long long deep = stacked < one_by_one ? stacked : one_by_one;
    const long long tiles = deep * detail::tiles_of(together * p.columns, engine.columns);
    const long long moving = 1LL * p.rows * (p.learned ? batch : 1);
    const auto instructions = static_cast<double>(detail::tiles_of(moving, engine.longest_moving));
    const double least = instructions * engine.fewest_cycles;
    const double busy = static_cast<double>(moving) > least ? static_cast<double>(moving) : least;
    return static_cast<double>(products * tiles) * (busy + instructions * engine.load_cycles);
}

/// Activation bytes of `o` beyond what on-chip memory holds: inputs that have left it and come
/// back, results that leave it.
[[nodiscard]] constexpr std::size_t spilled_bytes(const operation& o,
                                                  int batch,
                                                  const neuron_core& core) noexcept {
    const std::size_t live = static_cast<std::size_t>(batch) * o.live_bytes;
    const auto room = static_cast<std::size_t>(core.memory_bytes.value);
    return live > room ? live - room : 0;
}

/// What `o` costs for `batch` samples on `core`.
///
/// \param bytes_per_second the core's share of its chip's memory bandwidth
[[nodiscard]] constexpr node_cost cost_of(const operation& o,
                                          int batch,
                                          const neuron_core& core,
                                          double bytes_per_second,
                                          const calibration& c) noexcept {
    node_cost cost;
    for (const matrix_product& p : o.products) {
        cost.tensor += tensor_cycles(p, batch, core.tensor);
    }
    const double passes = o.compute == format::f32 ? double{core.tensor.fp32_passes} : 1.0;
    cost.tensor *= passes / core.tensor.clock_hz / c.tensor_efficiency;

    const double widths = static_cast<double>(batch) * static_cast<double>(size_of(o.stored)) / 2;
    cost.vector = widths * static_cast<double>(o.vector_elements) * c.vector_passes
                  / core.vector.elements_per_second;
    cost.scalar = widths * static_cast<double>(o.scalar_elements) / core.scalar.elements_per_second;

    const std::size_t moved =
        spilled_bytes(o, batch, core) + static_cast<std::size_t>(batch) * o.gathered_bytes;
    cost.activations = static_cast<double>(moved) / bytes_per_second;
    cost.weights = static_cast<double>(o.weight_bytes) / bytes_per_second;
    return cost;
}

}  // namespace soma
