// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What every translation unit of this program instantiates: same model, precision, schedule.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace link_test {

constexpr std::size_t samples = 5;
constexpr std::size_t inputs = 3 * 7 * 5;
constexpr std::size_t outputs = 9;

/// What one translation unit made of the common inputs.
struct report {
    std::string_view isa;
    int lanes = 0;
    float bf16[samples * outputs] = {};
    float fp32[samples * outputs] = {};
};

report run_baseline();
report run_avx2();
report run_avx512();

}  // namespace link_test
