// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Trainium: the cores of Inferentia2 with twice the link.

#include <soma/hardware/inferentia2.hpp>

namespace soma {

inline constexpr chip trainium_chip{
    .name = "Trainium",
    .core = neuron_core_v2,
    .cores = 2,
    .memory_bytes = published(32 * units::gib, sources::trainium),
    .memory_bytes_per_second = published(820e9, sources::nki_v2),
    .link_bytes_per_second = published(384 * units::gib, sources::trn1),
};

}  // namespace soma
