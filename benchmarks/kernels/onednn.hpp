// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The peer: oneDNN on the same operands, with everything prepared that a user could prepare.

#include <memory>
#include <string>

#include "measured_kernel.hpp"
#include "operands.hpp"

namespace bench {

/// Which algorithm oneDNN is asked for.
enum class algorithm { direct, winograd };

/// Its version as the loaded library states it, or an empty text in a build without it.
[[nodiscard]] std::string onednn_version();

/// One thread for oneDNN from here on.
void onednn_use_one_thread();

/// The fastest of the ways oneDNN offers for this work, or null with the reason in `why_not`.
///
/// Weights are in the format it prefers; activations in the better of its preferred one and NHWC;
/// none of the conversions is timed.
[[nodiscard]] std::unique_ptr<measured_kernel> make_onednn(const workload& w,
                                                           const operands& x,
                                                           algorithm kind,
                                                           std::string& why_not);

}  // namespace bench
