// SPDX-License-Identifier: MIT

/// \file
/// The program of BF16.

#include "classify.hpp"

template resnet50::verdict resnet50::classify<soma::bf16>(const soma::weights<network>&,
                                                          std::span<const float>,
                                                          int);
