// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The pass that assigns formats: what a precision policy means for each node, casts included.

#include <cstddef>

#include <soma/compile/lowered.hpp>
#include <soma/compile/plan_node.hpp>
#include <soma/policy/precision.hpp>

namespace soma {

/// A precision policy as values.
struct formats_of_policy {
    format storage, compute, result;

    /// BF16 multiplies pairs of channels: a program that has any keeps every pixel on a pair.
    [[nodiscard]] constexpr int pitch(int channels) const noexcept {
        const bool pairs =
            storage == format::bf16 || compute == format::bf16 || result == format::bf16;
        return kernels::pitch_of(channels, pairs ? format::bf16 : format::f32);
    }
};

template <precision_policy Precision>
inline constexpr formats_of_policy formats_of{format_of<typename Precision::storage_type>,
                                              format_of<typename Precision::compute_type>,
                                              format_of<typename Precision::result_type>};

namespace passes {

namespace detail {

/// The format in which consumer `n` reads its input number `k`, the result of `source`.
[[nodiscard]] constexpr format wanted(const node& n,
                                      int k,
                                      const node& source,
                                      const formats_of_policy& policy) noexcept {
    if (source.numbers) {
        return format::f32;  // stands for 32 bits: 16 hold no vocabulary
    }
    if (is_matmul(n.kind)) {
        return k == 0 ? policy.compute : policy.storage;  // the rest is the residual
    }
    if (n.kind == op::attention) {
        return policy.compute;
    }
    if (n.kind == op::custom && !n.custom->supports(policy.storage)) {
        return n.custom->supports(format::f32)   ? format::f32
               : n.custom->supports(format::f16) ? format::f16
                                                 : format::bf16;
    }
    return n.kind == op::output ? policy.result : policy.storage;
}

/// True if node `n` can round its result to any format while it stores it.
///
/// A residual is added in the storage format, a flatten moves elements, and a custom kernel has one
/// type for both of its sides: what these produce is cast by a node of its own.
[[nodiscard]] constexpr bool stores_any_format(const node& n) noexcept {
    return n.residual < 0 && n.kind != op::custom && n.kind != op::flatten;
}

}  // namespace detail

/// Writes the nodes of `list` with formats and pitches to `out`, their custom kernels (which a plan
/// node does not hold: pointers need relocations) to `custom`; returns how many there are.
///
/// A node stores what its consumers read if they agree, so that a cast costs no pass over memory.
/// Where they do not, it stores the storage format and a `cast` node serves each other format.
/// \pre `out` and `custom` have room for three nodes per node of `list`.
template <int Count, class Names>
constexpr int assign_formats(const soma::detail::node_list<Count>& list,
                             const formats_of_policy& policy,
                             const Names& names,
                             plan_node* out,
                             const custom_kernel** custom) noexcept {
    // in_format[i][f]: the plan node that holds the value of node i in format f, -1 for none.
    int in_format[static_cast<std::size_t>(Count)][3] = {};
    bool read_in[static_cast<std::size_t>(Count)][3] = {};
    for (int i = 0; i < Count; ++i) {
        const node& n = list.nodes[i];
        for (int k = 0; k < n.inputs.count; ++k) {
            const node& source = list.nodes[n.inputs[k]];
            read_in[n.inputs[k]][static_cast<int>(detail::wanted(n, k, source, policy))] = true;
        }
    }

    int size = 0;
    for (int i = 0; i < Count; ++i) {
        const node& n = list.nodes[i];
        plan_node& p = out[size];
        custom[size] = n.custom;
        p.kind = n.kind;
        p.name = pack_name(names, n.name);
        p.norm = pack_name(names, n.norm);
        p.win = n.win;
        p.groups = n.groups;
        p.bias = n.bias;
        p.normalised = n.normalised;
        p.heads = n.heads;
        p.table_rows = n.table_rows;
        p.row = n.row;
        p.numbers = n.numbers;
        p.count_include_pad = n.count_include_pad;
        p.epsilon = n.epsilon;
        p.act = n.act;
        p.act_parameters = n.act_parameters;
        p.work = n.work;
        p.out_shape = n.out;
        p.in_shape = n.inputs.count > 0 ? list.nodes[n.inputs[0]].out : n.out;
        p.custom_count = n.custom_parameter_count;
        for (int k = 0; k < n.custom_parameter_count; ++k) {
            p.custom_names[k] = pack_name(names, {-1, n.custom_parameters[k].name});
            p.custom_elements[k] = n.custom_parameters[k].elements;
        }

        p.input_count = n.inputs.count;
        for (int k = 0; k < n.inputs.count; ++k) {
            const format f = detail::wanted(n, k, list.nodes[n.inputs[k]], policy);
            p.inputs[k] = static_cast<std::int16_t>(in_format[n.inputs[k]][static_cast<int>(f)]);
            p.in = k == 0 ? f : p.in;
        }
        p.residual = n.residual < 0 ? -1 : p.inputs[n.inputs.count - 1];
        p.in_pitch = policy.pitch(p.in_shape.c);
        p.out_pitch = policy.pitch(p.out_shape.c);

        format natural = n.kind == op::custom ? p.in : policy.storage;
        int readers = 0;
        for (int f = 0; f < 3; ++f) {
            readers += read_in[i][f] ? 1 : 0;
        }
        for (int f = 0; f < 3; ++f) {
            if (readers == 1 && read_in[i][f] && detail::stores_any_format(n)) {
                natural = static_cast<format>(f);
            }
        }
        p.out = n.kind == op::output ? format::f32 : natural;
        const int holder = size++;
        in_format[i][static_cast<int>(natural)] = holder;
        for (int f = 0; f < 3; ++f) {
            if (!read_in[i][f] || static_cast<format>(f) == natural) {
                continue;
            }
            plan_node& cast = out[size];
            cast.kind = op::cast;
            cast.name = p.name;
            cast.in_shape = cast.out_shape = p.out_shape;
            cast.in_pitch = cast.out_pitch = p.out_pitch;
            cast.in = natural;
            cast.out = static_cast<format>(f);
            cast.inputs[0] = static_cast<std::int16_t>(holder);
            cast.input_count = 1;
            cast.work = {.vector_ops = p.out_shape.elements()};
            in_format[i][f] = size++;
        }
    }
    return size;
}

/// Gives the input of a convolution with few channels a border of zeros in memory.
///
/// With so few channels a tap is shorter than the overhead of changing taps; without padding, a
/// whole row of the window is contiguous and the kernel walks it as one run.
constexpr void add_halo(plan_node* nodes, int count) noexcept {
    constexpr int few_channels = 8;
    for (int i = 0; i < count; ++i) {
        plan_node& source = nodes[i];
        if (source.kind != op::input || source.out_shape.c >= few_channels) {
            continue;
        }
        int readers = 0, reader = -1;
        for (int j = i + 1; j < count; ++j) {
            for (int k = 0; k < nodes[j].input_count; ++k) {
                if (nodes[j].inputs[k] == i) {
                    ++readers;
                    reader = j;
                }
            }
        }
        if (readers != 1 || nodes[reader].kind != op::conv2d || nodes[reader].groups != 1
            || nodes[reader].win.dilation_w != 1 || nodes[reader].win.kernel_w == 1) {
            continue;
        }
        source.halo_h = nodes[reader].win.pad_h;
        source.halo_w = nodes[reader].win.pad_w;
        nodes[reader].reads_halo = true;
    }
}

}  // namespace passes

}  // namespace soma
