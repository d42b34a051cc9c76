// SPDX-License-Identifier: MIT
#include <soma/hardware/neuron_core.hpp>

using namespace soma;

static_assert([] {
    tensor_engine engine;
    engine.rows = {4};
    engine.columns = {8};
    engine.clock_hz = {100};
    return engine.macs_per_second();
}() == 3200);
static_assert(neuron_core{}.tensor.macs_per_second() == 0);
static_assert(neuron_core{}.supports.of(op::add, format::f32) == refusal::no_operator,
              "a core runs what it is said to run");
