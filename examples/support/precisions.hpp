// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Precision policies as values, and by the words that people use for them.

#include <span>
#include <string>
#include <string_view>

#include <soma/compile/formats.hpp>

namespace examples {

/// A precision policy as a value.
struct precision_choice {
    std::string_view name;  ///< as it is spelled in C++
    soma::formats_of_policy formats;
};

/// fp32, fp16, bf16, and the two kinds of cast to each of the 16-bit formats.
[[nodiscard]] std::span<const precision_choice> precisions();

/// The precision that `text` means: a policy's name, or the words of a benchmark's page, such as
/// "fp32 auto-cast to bf16", "fp32 with matmult in bf16", "FP16". Null where they mean none.
[[nodiscard]] const precision_choice* find_precision(std::string_view text);

/// What may stand where no precision was found: `expected one of fp32, ...`.
[[nodiscard]] std::string expected_precision();

}  // namespace examples
