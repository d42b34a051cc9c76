// SPDX-License-Identifier: MIT

/// \file
/// The programs of FP32 whose matmuls read FP16.

#include "digits/measure.hpp"

template digits::measured_precision digits::measure<soma::matmul_cast<soma::fp16>>(const task&);
