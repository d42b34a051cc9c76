// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What must hold for any bytes given to the safetensors reader.

#include <cstddef>
#include <cstdlib>
#include <span>
#include <string>

#include <soma/io/convert_tensor.hpp>
#include <soma/io/safetensors.hpp>

namespace soma::test {

/// Ends the process where a promise is broken; a fuzzer and a test both notice.
inline void demand(bool holds) {
    if (!holds) {
        std::abort();
    }
}

/// Either a `load_error` with at least one fault, or entries that tile the data exactly.
///
/// Returns whether the bytes were accepted.
inline bool try_safetensors(std::span<const std::byte> bytes) {
    try {
        const io::safetensors file = io::safetensors::parse(bytes);
        std::size_t covered = 0;
        const std::byte* next = nullptr;
        for (const io::tensor_entry& entry : file.entries()) {
            demand(next == nullptr || entry.bytes.data() == next);
            next = entry.bytes.data() + entry.bytes.size();
            covered += entry.bytes.size();
            demand(io::byte_size(entry.type, entry.shape) == entry.bytes.size());
            demand(file.find(entry.name) == &entry);
            demand(io::is_utf8(entry.name));
            if (io::is_floating(entry.type)) {
                demand(io::to_floats(entry).size() == io::element_count(entry));
            }
        }
        demand(covered <= bytes.size());
        demand(file.entries().empty() || next == bytes.data() + bytes.size());
        return true;
    } catch (const io::load_error& error) {
        demand(!error.faults().empty());
        return false;
    }
}

}  // namespace soma::test
