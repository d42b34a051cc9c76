// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The model that a program of this folder is compiled for: CMake writes its name, without the
/// digits, and them into `PARITY_FAMILY` and `PARITY_DEPTH`.

#include <soma/model/zoo/resnet.hpp>
#include <soma/model/zoo/vgg.hpp>

namespace parity {

using model = soma::zoo::PARITY_FAMILY<PARITY_DEPTH>;

}  // namespace parity
