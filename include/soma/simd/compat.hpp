// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Where compilers differ over intrinsics.

// g++ 12's AVX-512 headers start from a deliberately undefined register, and -Wall then warns in
// whatever calls them. The warning is off where any function on the inlining path is written
// between these two.
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
#define SOMA_INTRINSICS_BEGIN                                                            \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wuninitialized\"") \
        _Pragma("GCC diagnostic ignored \"-Wmaybe-uninitialized\"")
#define SOMA_INTRINSICS_END _Pragma("GCC diagnostic pop")
#else
#define SOMA_INTRINSICS_BEGIN
#define SOMA_INTRINSICS_END
#endif
