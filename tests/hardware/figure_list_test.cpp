// SPDX-License-Identifier: MIT
#include <soma/hardware/figure_list.hpp>
#include <soma/hardware/instances.hpp>

using namespace soma;

namespace {

struct tally {
    int count = 0;
    double sum = 0;
};

template <class T>
constexpr tally tally_of(const T& subject) {
    tally t;
    each_figure(subject, [&](std::string_view name, std::string_view unit, const figure& f) {
        t.count += name.empty() || unit.empty() ? 0 : 1;
        t.sum += f;
    });
    return t;
}

/// Each figure is a power of two: their sum tells which ones are listed.
constexpr neuron_core core_of_powers = [] {
    neuron_core core;
    core.tensor = {{1}, {2}, {4}, {8}, {16}, {2048}, {32}};
    core.vector = {{64}};
    core.scalar = {{128}};
    core.memory_bytes = {256};
    core.accumulator_bytes = {512};
    core.dma_bytes_per_second = {1024};
    return core;
}();
constexpr chip chip_of_powers = [] {
    chip c;
    c.core = core_of_powers;
    c.memory_bytes = {1};
    c.memory_bytes_per_second = {2};
    c.link_bytes_per_second = {4};
    return c;
}();
constexpr instance instance_of_powers = [] {
    instance i;
    i.chip = chip_of_powers;
    i.host_memory_bytes = {1};
    i.host_flops_per_second = {2};
    i.price_per_hour = {4};
    return i;
}();

}  // namespace

static_assert(tally_of(core_of_powers).sum == 4095 && tally_of(core_of_powers).count == 12);
static_assert(tally_of(chip_of_powers).sum == 7 && tally_of(chip_of_powers).count == 3);
static_assert(tally_of(instance_of_powers).sum == 7 && tally_of(instance_of_powers).count == 3);

// A figure that is added to a core is added to the list: both have room for figures only.
static_assert(sizeof(tensor_engine) + 2 * sizeof(lane_engine) + 3 * sizeof(figure)
              == 12 * sizeof(figure));
