// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Weights from a safetensors file with PyTorch's names.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <soma/io/safetensors.hpp>
#include <soma/runtime/weights/parameters.hpp>
#include <soma/runtime/weights/tensor_source.hpp>
#include <soma/runtime/weights/weights.hpp>

namespace soma {

namespace detail {

/// The format of elements of this type, if weights may have it.
[[nodiscard]] inline std::optional<format> weight_format(io::dtype type) noexcept {
    switch (type) {
        case io::dtype::f32: return format::f32;
        case io::dtype::f16: return format::f16;
        case io::dtype::bf16: return format::bf16;
        default: return std::nullopt;
    }
}

/// PyTorch counts training steps in every batch normalisation; inference has no use for them.
[[nodiscard]] inline bool is_training_state(std::string_view name) noexcept {
    constexpr std::string_view suffix = "num_batches_tracked";
    return name.size() >= suffix.size() && name.substr(name.size() - suffix.size()) == suffix;
}

/// Where `file` has each tensor of `Model`; throws `io::load_error` with every fault.
template <model_type Model>
[[nodiscard]] std::vector<stored_tensor> find_tensors(const io::safetensors& file,
                                                      std::string_view source) {
    using table = parameter_table<Model>;
    io::fault_list faults;
    std::vector<stored_tensor> tensors;
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
        } else if (const auto stored = weight_format(found->type); !stored) {
            faults.add("tensor " + io::in_quotes(name) + ": expected F32, F16 or BF16, found "
                       + std::string(io::name(found->type)));
        } else {
            tensors.push_back({found->bytes.data(), *stored});
        }
    }
    for (const io::tensor_entry& entry : file.entries()) {
        if (!known.contains(entry.name) && !is_training_state(entry.name)) {
            faults.add("tensor " + io::in_quotes(entry.name) + ": not part of the model, shape "
                       + io::to_string(entry.shape));
        }
    }
    faults.throw_if_any(source);
    return tensors;
}

}  // namespace detail

/// The weights of `Model`, copied from `file`; `source` names it in messages.
///
/// Accepts F32, F16 and BF16. Throws `io::load_error` with every missing, unexpected, wrongly typed
/// or wrongly shaped tensor; nothing is loaded then.
template <model_type Model>
[[nodiscard]] weights<Model> load(const io::safetensors& file, std::string_view source) {
    using table = parameter_table<Model>;
    const tensor_source tensors(table::specs, detail::find_tensors<Model>(file, source), &file);
    parameters<Model> values;
    std::size_t i = 0;
    for (const parameter_spec& spec : table::specs) {
        tensors.read(i++, 0, values.of(spec));
    }
    return weights<Model>(std::move(values));
}

/// The weights of `Model` from the safetensors file at `path`, under the same conditions.
///
/// All of the file is checked now; its tensors are read when an executor packs them, and never are
/// all of them in memory. The file is mapped for as long as the weights live: it must keep its
/// length and its bytes until then, so replace it by renaming another over it.
template <model_type Model>
[[nodiscard]] weights<Model> load(const std::string& path) {
    io::safetensors file = io::safetensors::open(path);
    std::vector<stored_tensor> tensors = detail::find_tensors<Model>(file, path);
    return weights<Model>(std::move(file), std::move(tensors));
}

}  // namespace soma
