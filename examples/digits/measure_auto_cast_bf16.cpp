// SPDX-License-Identifier: MIT

/// \file
/// The programs of an FP32 model cast to BF16 between its edges.

#include "digits/measure.hpp"

template digits::measured_precision digits::measure<soma::auto_cast<soma::bf16>>(const task&);
