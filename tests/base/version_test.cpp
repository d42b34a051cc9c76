// SPDX-License-Identifier: MIT
#include <soma/base/version.hpp>

// Integers that the preprocessor can compare; build files read the same lines.
#if SOMA_VERSION_MAJOR < 0 || SOMA_VERSION_MINOR < 0 || SOMA_VERSION_PATCH < 0
#error "a version is three numbers"
#endif
static_assert(SOMA_VERSION_MAJOR * 10000 + SOMA_VERSION_MINOR * 100 + SOMA_VERSION_PATCH > 0);
static_assert(SOMA_VERSION_MINOR < 100 && SOMA_VERSION_PATCH < 100);
