// SPDX-License-Identifier: MIT
#include <soma/hardware/calibration.hpp>

#include "support/catch.hpp"

using namespace soma;

TEST_CASE("calibrated parameters are physical", "[calibration]") {
    static_assert(calibrated.tensor_efficiency > 0);
    static_assert(calibrated.tensor_efficiency <= 1);
    static_assert(calibrated.vector_passes >= 1);
    static_assert(calibrated.call_seconds > 0);
    static_assert(calibrated.host_bytes_per_second > 0);
    // Four, for every generation, model and batch: a fifth needs a reason in docs/cost-model.md.
    static_assert(sizeof(calibration) == 4 * sizeof(double));
}
