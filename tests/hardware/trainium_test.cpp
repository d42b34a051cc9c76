// SPDX-License-Identifier: MIT
#include <soma/hardware/trainium.hpp>

#include "support/figures.hpp"

using namespace soma;

static_assert(trainium_chip.cores == inferentia2_chip.cores
              && trainium_chip.core.name == inferentia2_chip.core.name
              && trainium_chip.memory_bytes == inferentia2_chip.memory_bytes);
static_assert(trainium_chip.link_bytes_per_second == 2 * inferentia2_chip.link_bytes_per_second);
static_assert(test::every_figure_has_a_source(trainium_chip));
