// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// From a program's nodes to kernel calls: one function per key, collected in a table.

#include <array>
#include <cstddef>
#include <cstring>
#include <utility>

#include <soma/compile/kernel_key.hpp>
#include <soma/compile/node_part.hpp>
#include <soma/compile/plan_node.hpp>
#include <soma/kernels/access.hpp>
#include <soma/kernels/activation.hpp>
#include <soma/kernels/channel_affine.hpp>
#include <soma/kernels/conv2d.hpp>
#include <soma/kernels/elementwise.hpp>
#include <soma/kernels/layout.hpp>
#include <soma/kernels/pool.hpp>
#include <soma/kernels/softmax.hpp>
#include <soma/kernels/winograd.hpp>

namespace soma {

/// What one pass through a program's nodes works on.
struct pass_context {
    const plan_node* nodes = nullptr;
    std::byte* arena = nullptr;
    std::byte* scratch = nullptr;
    const std::byte* packed = nullptr;
    std::size_t packed_bytes = 0;
    const float* input = nullptr;  ///< NCHW samples of the caller
    float* output = nullptr;       ///< NCHW samples of the caller
    int batch_size = 1;            ///< samples that kernels compute
    int samples = 1;       ///< samples that the caller has; the rest of the batch is padding
    int first_sample = 0;  ///< of a group: its place in the batch
};

/// Runs a part of one node.
using node_function = void (*)(const plan_node&, const pass_context&, const node_part&) noexcept;

namespace detail {

/// The result of node `n` for the samples of `c`.
[[nodiscard]] inline std::byte* result_of(const pass_context& c, const plan_node& n) noexcept {
    return c.arena + n.arena_offset + static_cast<std::size_t>(c.first_sample) * n.sample_step;
}

template <class T>
[[nodiscard]] const T* read_node(const pass_context& c, int node) noexcept {
    return reinterpret_cast<const T*>(result_of(c, c.nodes[node]));
}

/// Makes the lanes that pad the pixels `[first, last)` zero where their kernel leaves them as they
/// were: BF16 matmuls downstream multiply them (by zero), so they must be finite.
template <class T>
void clear_padding(const plan_node& n,
                   const pass_context& c,
                   std::size_t first,
                   std::size_t last) noexcept {
    if (n.out_pitch == n.out_shape.c) {
        return;
    }
    const auto pitch = static_cast<std::size_t>(n.out_pitch);
    T* pixel = reinterpret_cast<T*>(result_of(c, n)) + first * pitch;
    for (; first < last; ++first, pixel += pitch) {
        kernels::clear_pad_lanes(pixel, n.out_shape.c, n.out_pitch);
    }
}

/// Output pixels of all samples of `c`.
[[nodiscard]] inline std::size_t batch_pixels(const plan_node& n, const pass_context& c) noexcept {
    return static_cast<std::size_t>(c.batch_size) * static_cast<std::size_t>(n.out_shape.h)
           * static_cast<std::size_t>(n.out_shape.w);
}

/// Where the rows of `part` and the last channels are: pixels whose pad lanes it clears.
inline void clear_matmul_padding(auto clear,
                                 const plan_node& n,
                                 const kernels::conv_part& part) noexcept {
    if (part.last_panel < n.units && n.how == cut::panels) {
        return;
    }
    const int last_row =
        part.within(n.geometry.batch * n.geometry.out_h, kernels::conv_part::all).last_row;
    const auto width = static_cast<std::size_t>(n.geometry.out_w);
    clear(static_cast<std::size_t>(part.first_row) * width,
          static_cast<std::size_t>(last_row) * width);
}

template <class Isa, kernel_key Key>
void run_matmul(const plan_node& n, const pass_context& c, const node_part& part) noexcept {
    using operand = type_of_t<Key.in>;
    using result = type_of_t<Key.out>;
    kernels::epilogue<result> finish{.kind = n.act,
                                     .parameters = n.act_parameters,
                                     .post = kernels::post_function<Isa, Key.act>};
    if (n.residual >= 0) {
        finish.residual = read_node<result>(c, n.residual);
    }
    // Parameters lie in execution order, so what follows this node's is what is needed next.
    const std::size_t from = part.own_next ? n.weights_offset : n.vectors_offset + n.vectors_bytes;
    const std::size_t next = part.reads_next ? from + part.next : c.packed_bytes;
    const auto* const in = read_node<operand>(c, n.inputs[0]);
    const auto* const weights = reinterpret_cast<const operand*>(c.packed + n.weights_offset);
    const auto* const bias = reinterpret_cast<const float*>(c.packed + n.vectors_offset);
    auto* const out = reinterpret_cast<result*>(result_of(c, n));
    const void* const next_weights = next < c.packed_bytes ? c.packed + next : nullptr;
    if constexpr (Key.algorithm != kernels::algorithm::direct) {
        // Its formats are FP32, whose pixels have no lanes to clear.
        kernels::winograd_conv2d<Isa, kernels::winograd_outputs(Key.algorithm), Key.tiles>(
            n.geometry, in, weights, bias, out, finish, c.scratch, next_weights, part.matmul);
        return;
    } else {
        kernels::conv2d<Isa, operand, result, Key.tiles>(n.geometry, in, weights, bias, out, finish,
                                                         c.scratch, next_weights, part.matmul);
    }
    if constexpr (Key.out != format::bf16) {
        clear_matmul_padding(
            [&](std::size_t first, std::size_t last) { clear_padding<result>(n, c, first, last); },
            n, part.matmul);
    }
}

template <class Isa, kernel_key Key, const custom_kernel* Custom>
void run_custom(const plan_node& n, const pass_context& c) noexcept {
    custom_call call{.in = result_of(c, c.nodes[n.inputs[0]]),
                     .out = result_of(c, n),
                     .batch = c.batch_size,
                     .in_shape = n.in_shape,
                     .out_shape = n.out_shape,
                     .in_pitch = n.in_pitch,
                     .out_pitch = n.out_pitch};
    auto* values = reinterpret_cast<const float*>(c.packed + n.vectors_offset);
    for (int k = 0; k < n.custom_count; ++k) {
        call.parameters[k] = values;
        values += round_up(n.custom_elements[k], 16);
    }
    constexpr auto run = Custom->run[static_cast<int>(Key.in)];
    run(call);
    clear_padding<type_of_t<Key.out>>(n, c, 0, batch_pixels(n, c));
}

/// Copies the caller's samples; those that he has not are zeros.
template <class Isa, class T>
void run_input(const plan_node& n,
               const pass_context& c,
               const kernels::unit_range& units) noexcept {
    const extents& shape = n.out_shape;
    std::byte* const out = result_of(c, n);
    kernels::import_nchw<Isa>(c.input, c.samples, shape.c, shape.h, shape.w,
                              reinterpret_cast<T*>(out), n.out_pitch, n.halo_h, n.halo_w, units);
    if (units.last >= c.batch_size * shape.h) {
        const auto missing = static_cast<std::size_t>(c.batch_size - c.samples);
        std::memset(out + static_cast<std::size_t>(c.samples) * stored_bytes(n), 0,
                    missing * stored_bytes(n));
    }
}

/// Runs `part` of the node `n`, whose key is `Key` and whose kernel is `Custom` if it is a custom
/// layer.
template <class Isa, kernel_key Key, const custom_kernel* Custom>
void run_node(const plan_node& n, const pass_context& c, const node_part& part) noexcept {
    using in_type = type_of_t<Key.in>;
    using out_type = type_of_t<Key.out>;
    const extents& shape = n.out_shape;
    // Of a node that is cut by pixels, the part's; of every other, all.
    const kernels::unit_range own = part.units.within(c.batch_size * shape.h * shape.w);
    const auto first = static_cast<std::size_t>(own.first);
    const auto pixels = static_cast<std::size_t>(own.count());
    const auto out_pitch = static_cast<std::size_t>(n.out_pitch);
    [[maybe_unused]] const std::size_t elements = pixels * out_pitch;
    [[maybe_unused]] auto* const out = reinterpret_cast<out_type*>(result_of(c, n));
    [[maybe_unused]] auto* const out_at = out + first * out_pitch;
    [[maybe_unused]] const auto in = [&](int k = 0) { return read_node<in_type>(c, n.inputs[k]); };
    [[maybe_unused]] const auto in_at = [&](int k = 0) {
        return in(k) + first * static_cast<std::size_t>(c.nodes[n.inputs[k]].out_pitch);
    };
    constexpr auto post = kernels::post_function<Isa, Key.act>;

    if constexpr (Key.kind == op::conv2d) {
        run_matmul<Isa, Key>(n, c, part);
    } else if constexpr (Key.kind == op::input) {
        run_input<Isa, out_type>(n, c, part.units);
    } else if constexpr (Key.kind == op::output) {
        kernels::export_nchw<Isa>(in(), c.samples, shape.c, shape.h, shape.w, n.in_pitch, c.output,
                                  part.units);
    } else if constexpr (Key.kind == op::batch_norm) {
        const auto* const scale = reinterpret_cast<const float*>(c.packed + n.vectors_offset);
        kernels::channel_affine<Isa>(in_at(), pixels, shape.c, n.out_pitch, scale,
                                     scale + round_up(n.out_pitch, 16), out_at, n.act,
                                     n.act_parameters, post);
    } else if constexpr (Key.kind == op::activation) {
        kernels::activate<Isa, Key.act>(in_at(), out_at, elements, n.act_parameters);
    } else if constexpr (Key.kind == op::add) {
        kernels::add<Isa>(in_at(0), in_at(1), out_at, elements, n.act, n.act_parameters, post);
    } else if constexpr (Key.kind == op::cast) {
        kernels::cast<Isa>(in_at(), out_at, elements);
    } else if constexpr (Key.kind == op::max_pool) {
        kernels::max_pool<Isa>(pooling_geometry(n, c.batch_size), in(), out, part.units);
    } else if constexpr (Key.kind == op::average_pool) {
        kernels::average_pool<Isa>(pooling_geometry(n, c.batch_size), in(), out, part.units);
    } else if constexpr (Key.kind == op::global_average_pool) {
        kernels::global_average_pool<Isa>(in(), c.batch_size, n.in_shape.h * n.in_shape.w, shape.c,
                                          n.in_pitch, out, part.units);
    } else if constexpr (Key.kind == op::softmax) {
        kernels::softmax<Isa>(in_at(), pixels, shape.c, n.in_pitch, out_at, n.out_pitch);
    } else if constexpr (Key.kind == op::log_softmax) {
        kernels::log_softmax<Isa>(in_at(), pixels, shape.c, n.in_pitch, out_at, n.out_pitch);
    } else if constexpr (Key.kind == op::flatten) {
        kernels::flatten_chw(in(), c.batch_size, n.in_shape.c, n.in_shape.h, n.in_shape.w,
                             n.in_pitch, out, n.out_pitch, part.units);
    } else if constexpr (Key.kind == op::concat) {
        int channel = 0;
        for (int k = 0; k < n.input_count; ++k) {
            const plan_node& joined = c.nodes[n.inputs[k]];
            const int left = n.out_pitch - channel - joined.out_shape.c;
            kernels::copy_channels<Isa>(in_at(k), pixels, joined.out_shape.c, joined.out_pitch,
                                        out_at + channel, n.out_pitch,
                                        k + 1 == n.input_count ? left : 0);
            channel += joined.out_shape.c;
        }
    } else if constexpr (Key.kind == op::custom) {
        run_custom<Isa, Key, Custom>(n, c);
    } else {
        // The executor has told the user already.
        static_assert(!has_kernel(Key.kind), "dispatch: a kind of node without a kernel");
    }
}

}  // namespace detail

/// The functions of a program's keys, in their order: no kernel is instantiated that no node uses.
template <class Program>
inline constexpr auto kernel_table = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<node_function, sizeof...(I)>{
        &detail::run_node<typename Program::isa_type, Program::kernel_keys[I],
                          Program::custom_kernels[I]>...};
}(std::make_index_sequence<Program::kernel_keys.size()>{});

/// What the group that begins at sample `first` works on in step `step` of `Program`.
template <class Program>
[[nodiscard]] pass_context group_of(const pass_context& batch,
                                    const pass_step& step,
                                    int first) noexcept {
    using model = typename Program::model_type;
    pass_context group = batch;
    group.first_sample = first;
    group.batch_size = step.samples;
    const int left = batch.samples - first;
    group.samples = left < 0 ? 0 : left < step.samples ? left : step.samples;
    // Of a group that is padding only there is nothing that the caller has.
    if (left > 0) {
        group.input += static_cast<std::size_t>(first) * model::input_shape::size;
        group.output += static_cast<std::size_t>(first) * model::output_shape::size;
    }
    return group;
}

/// Calls `run(node, context, part)` for every node of `Program` in order: step by step, and in each
/// one group of samples after the other.
template <class Program, class Run>
void for_each_node(const pass_context& context, Run run) noexcept {
    for (const pass_step& step : Program::steps) {
        for (int first = 0; first < Program::batch_size; first += step.samples) {
            const pass_context group = group_of<Program>(context, step, first);
            node_part part;
            for (int i = step.first; i < step.last; ++i) {
                // After the last node come the weights of the first one again, or the next step's.
                part.reads_next = i + 1 < step.last || first + step.samples == Program::batch_size;
                run(i, group, part);
            }
        }
    }
}

/// Runs every node of `Program` in order.
template <class Program>
void run_pass(const pass_context& context) noexcept {
    for_each_node<Program>(context,
                           [](int node, const pass_context& group, const node_part& part) noexcept {
                               const plan_node& n = Program::nodes[static_cast<std::size_t>(node)];
                               kernel_table<Program>[n.kernel](n, group, part);
                           });
}

/// Runs chunk `chunk` of step `step` of `Program`, on a core whose scratch memory `context` holds.
///
/// \pre All chunks of the steps before have run.
template <class Program>
void run_chunk(const pass_context& context, int step, int chunk) noexcept {
    const pass_step& s = Program::steps[static_cast<std::size_t>(step)];
    for (int i = s.first; i < s.last; ++i) {
        const plan_node& n = Program::nodes[static_cast<std::size_t>(i)];
        kernel_table<Program>[n.kernel](n, context, part_of(n, chunk, Program::cores));
    }
}

}  // namespace soma
