// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The figures of a core, a chip, an instance one by one: for reports, and to ask each for its
/// source.

#include <string_view>

#include <soma/hardware/figure.hpp>
#include <soma/hardware/instance.hpp>
#include <soma/hardware/neuron_core.hpp>

namespace soma {

/// Calls `visit(name, unit, figure)` with every figure of `core`.
template <class Visit>
constexpr void each_figure(const neuron_core& core, Visit&& visit) {
    using text = std::string_view;
    visit(text("tensor engine, rows"), text("values"), core.tensor.rows);
    visit(text("tensor engine, columns"), text("values"), core.tensor.columns);
    visit(text("tensor engine, clock"), text("Hz"), core.tensor.clock_hz);
    visit(text("tensor engine, longest instruction"), text("columns"), core.tensor.longest_moving);
    visit(text("tensor engine, shortest instruction"), text("cycles"), core.tensor.fewest_cycles);
    visit(text("tensor engine, load of a tile"), text("cycles"), core.tensor.load_cycles);
    visit(text("tensor engine, passes of FP32"), text("passes"), core.tensor.fp32_passes);
    visit(text("vector engine"), text("elements/s"), core.vector.elements_per_second);
    visit(text("scalar engine"), text("elements/s"), core.scalar.elements_per_second);
    visit(text("on-chip memory"), text("bytes"), core.memory_bytes);
    visit(text("accumulators"), text("bytes"), core.accumulator_bytes);
    visit(text("DMA"), text("bytes/s"), core.dma_bytes_per_second);
}

/// Those of `c` itself, without its core's.
template <class Visit>
constexpr void each_figure(const chip& c, Visit&& visit) {
    using text = std::string_view;
    visit(text("device memory"), text("bytes"), c.memory_bytes);
    visit(text("device memory, bandwidth"), text("bytes/s"), c.memory_bytes_per_second);
    visit(text("link to a neighbour"), text("bytes/s"), c.link_bytes_per_second);
}

/// Those of `i` itself, without its chips'.
template <class Visit>
constexpr void each_figure(const instance& i, Visit&& visit) {
    using text = std::string_view;
    visit(text("host memory"), text("bytes"), i.host_memory_bytes);
    visit(text("arithmetic of a vCPU"), text("FLOP/s"), i.host_flops_per_second);
    visit(text("price"), text("$/h"), i.price_per_hour);
}

}  // namespace soma
