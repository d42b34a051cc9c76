// SPDX-License-Identifier: MIT

/// \file
/// The program of BF16 products between FP32 activations.

#include "classify.hpp"

template resnet50::verdict resnet50::classify<soma::matmul_cast<soma::bf16>>(
    const soma::weights<network>&, std::span<const float>, int);
