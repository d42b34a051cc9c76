// SPDX-License-Identifier: MIT

/// \file
/// The programs of BF16.

#include "digits/measure.hpp"

template digits::measured_precision digits::measure<soma::bf16>(const task&);
