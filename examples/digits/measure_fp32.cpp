// SPDX-License-Identifier: MIT

/// \file
/// The programs of FP32.

#include "digits/measure.hpp"

template digits::measured_precision digits::measure<soma::fp32>(const task&);
