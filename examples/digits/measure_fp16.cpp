// SPDX-License-Identifier: MIT

/// \file
/// The programs of FP16.

#include "digits/measure.hpp"

template digits::measured_precision digits::measure<soma::fp16>(const task&);
