// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The learned tensors of a model by name: what a weights file holds, in FP32.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <soma/base/math.hpp>
#include <soma/compile/lowered.hpp>
#include <soma/tensor/aligned_buffer.hpp>

namespace soma {

/// What a tensor is to its layer; also the last part of its name.
enum class parameter_role : std::uint8_t { weight, bias, running_mean, running_var, custom };

/// One learned tensor of a model: its name, its shape, its place in `parameters`.
struct parameter_spec {
    packed_name layer;
    packed_name custom;  ///< the last part of a custom layer's tensor
    parameter_role role = parameter_role::weight;
    int rank = 0;
    int dims[4] = {};
    std::size_t elements = 0, offset = 0;  ///< in floats
};

/// Whether `spec` is this tensor of the layer called `layer`.
[[nodiscard]] constexpr bool is_tensor(const parameter_spec& spec,
                                       const packed_name& layer,
                                       parameter_role role,
                                       const packed_name& custom) noexcept {
    return spec.layer.scope == layer.scope && spec.layer.offset == layer.offset
           && spec.layer.length == layer.length && spec.role == role
           && spec.custom.offset == custom.offset && spec.custom.length == custom.length;
}

namespace detail {

/// Calls `add(spec)` for every tensor of the fused node `n`.
template <class Names, class Add>
constexpr void for_each_parameter(const node& n, const extents& in, const Names& names, Add&& add) {
    const packed_name own = pack_name(names, n.name);
    const int channels = n.out.c;
    if (n.kind == op::conv2d) {
        add(parameter_spec{own,
                           {},
                           parameter_role::weight,
                           4,
                           {channels, in.c / n.groups, n.win.kernel_h, n.win.kernel_w}});
    } else if (n.kind == op::linear) {
        // A window only where a flatten before it has become one.
        add(parameter_spec{own,
                           {},
                           parameter_role::weight,
                           2,
                           {channels, in.c * n.win.kernel_h * n.win.kernel_w}});
    } else if (n.kind == op::embedding) {
        add(parameter_spec{own, {}, parameter_role::weight, 2, {n.table_rows, channels}});
    } else if (n.kind == op::layer_norm) {
        add(parameter_spec{own, {}, parameter_role::weight, 1, {channels}});
    }
    if (n.bias) {
        add(parameter_spec{own, {}, parameter_role::bias, 1, {channels}});
    }
    if (n.normalised) {
        const packed_name norm = pack_name(names, n.norm);
        for (const auto role : {parameter_role::weight, parameter_role::bias,
                                parameter_role::running_mean, parameter_role::running_var}) {
            add(parameter_spec{norm, {}, role, 1, {channels}});
        }
    }
    for (int k = 0; k < n.custom_parameter_count; ++k) {
        const custom_parameter& p = n.custom_parameters[k];
        add(parameter_spec{
            own, pack_name(names, {-1, p.name}), parameter_role::custom, 1, {p.elements}});
    }
}

template <class Model, class Add>
constexpr void for_each_parameter_of(Add&& add) {
    const auto& list = lowered<Model>::data;
    for (int i = 0; i < list.size; ++i) {
        const node& n = list.nodes[i];
        const extents in = n.inputs.count > 0 ? list.nodes[n.inputs[0]].out : n.out;
        for_each_parameter(n, in, lowered<Model>::names, add);
    }
}

}  // namespace detail

/// Every tensor that a weights file of `Model` must hold, in execution order.
template <model_type Model>
struct parameter_table {
    static constexpr auto specs = [] {
        constexpr int count = [] {
            int n = 0;
            detail::for_each_parameter_of<Model>([&](const parameter_spec&) { ++n; });
            return n;
        }();
        std::array<parameter_spec, static_cast<std::size_t>(count)> all;
        std::size_t i = 0, offset = 0;
        detail::for_each_parameter_of<Model>([&](parameter_spec spec) {
            spec.elements = 1;
            for (int d = 0; d < spec.rank; ++d) {
                spec.elements *= static_cast<std::size_t>(spec.dims[d]);
            }
            spec.offset = offset;
            offset += round_up(spec.elements, std::size_t{16});
            all[i++] = spec;
        });
        return all;
    }();

    /// Floats of all tensors, each padded to a cache line.
    static constexpr std::size_t elements = [] {
        std::size_t total = 0;
        for (const parameter_spec& s : specs) {
            total += round_up(s.elements, std::size_t{16});
        }
        return total;
    }();

    /// The tensor's key in a PyTorch state_dict.
    [[nodiscard]] static std::string name(const parameter_spec& spec) {
        std::string path;
        const auto append = [&](std::string_view piece) { path += piece; };
        lowered<Model>::names.spell(spec.layer, append);
        path += '.';
        switch (spec.role) {
            case parameter_role::weight: return path + "weight";
            case parameter_role::bias: return path + "bias";
            case parameter_role::running_mean: return path + "running_mean";
            case parameter_role::running_var: return path + "running_var";
            case parameter_role::custom: break;
        }
        path += lowered<Model>::names.leaf(spec.custom);
        return path;
    }
};

/// Values for every learned tensor of `Model`, zero until they are set.
template <model_type Model>
class parameters {
public:
    using table = parameter_table<Model>;

    parameters() : storage_(table::elements * sizeof(float)) {}

    /// The tensor called `name`; throws `std::out_of_range` when the model has none of that name.
    [[nodiscard]] std::span<float> operator[](std::string_view name) {
        for (const parameter_spec& spec : table::specs) {
            if (table::name(spec) == name) {
                return of(spec);
            }
        }
        throw std::out_of_range("the model has no parameter '" + std::string(name) + "'");
    }

    [[nodiscard]] std::span<float> of(const parameter_spec& spec) noexcept {
        return {reinterpret_cast<float*>(storage_.data()) + spec.offset, spec.elements};
    }
    [[nodiscard]] std::span<const float> of(const parameter_spec& spec) const noexcept {
        return {reinterpret_cast<const float*>(storage_.data()) + spec.offset, spec.elements};
    }

    /// The tensor of a node by its packed name and role; null when the node has none.
    [[nodiscard]] const float* find(const packed_name& layer,
                                    parameter_role role,
                                    const packed_name& custom = {}) const noexcept {
        for (const parameter_spec& spec : table::specs) {
            if (is_tensor(spec, layer, role, custom)) {
                return of(spec).data();
            }
        }
        return nullptr;
    }

private:
    aligned_buffer storage_;
};

}  // namespace soma
