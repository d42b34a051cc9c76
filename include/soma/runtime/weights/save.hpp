// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A model's parameters to a safetensors file with PyTorch's names: what `load` reads again.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <soma/io/save_safetensors.hpp>
#include <soma/runtime/weights/parameters.hpp>

namespace soma {

/// Writes every tensor of `values` as F32 to `path`, at once or not at all.
///
/// Throws `std::system_error` when the file cannot be written.
template <model_type Model>
void save(const std::string& path, const parameters<Model>& values) {
    using table = parameter_table<Model>;
    std::vector<io::tensor_entry> entries;
    entries.reserve(table::specs.size());
    for (const parameter_spec& spec : table::specs) {
        entries.push_back({table::name(spec), io::dtype::f32,
                           std::vector<std::int64_t>(spec.dims, spec.dims + spec.rank),
                           std::as_bytes(values.of(spec))});
    }
    io::save_safetensors(path, entries);
}

}  // namespace soma
