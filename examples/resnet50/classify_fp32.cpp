// SPDX-License-Identifier: MIT

/// \file
/// The program of FP32.

#include "classify.hpp"

template resnet50::verdict resnet50::classify<soma::fp32>(const soma::weights<network>&,
                                                          std::span<const float>,
                                                          int);
