// SPDX-License-Identifier: MIT
#include <soma/hardware/instance.hpp>

using namespace soma;

static_assert(instance{}.cores() == 1);
static_assert([] {
    instance i;
    i.chips = 3;
    i.chip.cores = 4;
    return i.cores();
}() == 12);
