// SPDX-License-Identifier: MIT

/// \file
/// The program of BF16 with an FP32 result.

#include "classify.hpp"

template resnet50::verdict resnet50::classify<soma::auto_cast<soma::bf16>>(
    const soma::weights<network>&, std::span<const float>, int);
