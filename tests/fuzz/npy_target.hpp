// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What must hold for any bytes given to the .npy reader.

#include <cstddef>
#include <cstdlib>
#include <span>

#include <soma/io/convert_tensor.hpp>
#include <soma/io/npy.hpp>

namespace soma::test {

/// Either a `load_error` with at least one fault, or one array that ends where the bytes end.
///
/// Returns whether the bytes were accepted.
inline bool try_npy(std::span<const std::byte> bytes) {
    const auto demand = [](bool holds) {
        if (!holds) {
            std::abort();
        }
    };
    try {
        const io::tensor_entry entry = io::parse_npy(bytes);
        demand(io::byte_size(entry.type, entry.shape) == entry.bytes.size());
        demand(entry.bytes.data() + entry.bytes.size() == bytes.data() + bytes.size());
        if (io::is_floating(entry.type)) {
            demand(io::to_floats(entry).size() == io::element_count(entry));
        } else if (entry.type != io::dtype::u64) {
            demand(io::to_integers(entry).size() == io::element_count(entry));
        }
        return true;
    } catch (const io::load_error& error) {
        demand(!error.faults().empty());
        return false;
    }
}

}  // namespace soma::test
