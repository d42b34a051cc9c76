// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Weights from a safetensors file with PyTorch's names.

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <soma/io/convert_tensor.hpp>
#include <soma/io/safetensors.hpp>
#include <soma/runtime/weights.hpp>

namespace soma {

namespace detail {

[[nodiscard]] inline bool is_floating(io::dtype type) noexcept {
    return type == io::dtype::f32 || type == io::dtype::f16 || type == io::dtype::bf16;
}

/// PyTorch counts training steps in every batch normalisation; inference has no use for them.
[[nodiscard]] inline bool is_training_state(std::string_view name) noexcept {
    constexpr std::string_view suffix = "num_batches_tracked";
    return name.size() >= suffix.size() && name.substr(name.size() - suffix.size()) == suffix;
}

}  // namespace detail

/// The weights of `Model` from `file`; `source` names it in messages.
///
/// Accepts F32, F16 and BF16. Throws `io::load_error` with every missing, unexpected, wrongly typed
/// or wrongly shaped tensor; nothing is loaded then.
template <model_type Model>
[[nodiscard]] weights<Model> load(const io::safetensors& file, std::string_view source) {
    using table = parameter_table<Model>;
    io::fault_list faults;
    parameters<Model> values;
    std::set<std::string, std::less<>> known;
    for (const parameter_spec& spec : table::specs) {
        const std::string name = *known.insert(table::name(spec)).first;
        const std::vector<std::int64_t> wanted(spec.dims, spec.dims + spec.rank);
        const io::tensor_entry* const found = file.find(name);
        if (found == nullptr) {
            faults.add("tensor " + io::in_quotes(name) + ": missing, expected shape "
                       + io::to_string(wanted));
        } else if (found->shape != wanted) {
            faults.add("tensor " + io::in_quotes(name) + ": expected shape " + io::to_string(wanted)
                       + ", found " + io::to_string(found->shape));
        } else if (!detail::is_floating(found->type)) {
            faults.add("tensor " + io::in_quotes(name) + ": expected F32, F16 or BF16, found "
                       + std::string(io::name(found->type)));
        } else {
            io::read_floats(*found, values.of(spec));
        }
    }
    for (const io::tensor_entry& entry : file.entries()) {
        if (!known.contains(entry.name) && !detail::is_training_state(entry.name)) {
            faults.add("tensor " + io::in_quotes(entry.name) + ": not part of the model, shape "
                       + io::to_string(entry.shape));
        }
    }
    faults.throw_if_any(source);
    return weights<Model>(std::move(values));
}

/// The weights of `Model` from the safetensors file at `path`.
template <model_type Model>
[[nodiscard]] weights<Model> load(const std::string& path) {
    return load<Model>(io::safetensors::open(path), path);
}

}  // namespace soma
