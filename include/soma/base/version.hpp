// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The version of this library: the one place that states it (build files and packages read it
/// here).

// clang-format off
#define SOMA_VERSION_MAJOR 0
#define SOMA_VERSION_MINOR 1
#define SOMA_VERSION_PATCH 0
// clang-format on
