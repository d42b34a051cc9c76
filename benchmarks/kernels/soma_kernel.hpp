// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Our side: one kernel of the library on the operands of a workload.

#include <memory>

#include "measured_kernel.hpp"
#include "operands.hpp"

namespace bench {

/// Weights packed, input laid out, ready to run; operands and results in the format of `x`.
[[nodiscard]] std::unique_ptr<measured_kernel> make_soma(const workload& w, const operands& x);

}  // namespace bench
