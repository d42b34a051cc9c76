// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// How often this process has asked for memory.

#include <cstdint>

namespace bench {

/// Calls of `malloc` and its relatives by any thread since the start, `operator new` included; 0
/// for ever where the C library is not glibc.
[[nodiscard]] std::uint64_t allocations_so_far() noexcept;

}  // namespace bench
