// SPDX-License-Identifier: MIT

/// \file
/// libFuzzer entry: `clang++ -std=c++20 -O1 -g -fsanitize=fuzzer,address,undefined -Iinclude`.

#include <cstddef>
#include <cstdint>
#include <span>

#include "npy_target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    soma::test::try_npy(std::as_bytes(std::span(data, size)));
    return 0;
}
