// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// From a program's nodes to kernel calls: one function per key, collected in a table.

#include <array>
#include <cstddef>
#include <cstring>
#include <utility>

#include <soma/compile/kernel_key.hpp>
#include <soma/compile/plan_node.hpp>
#include <soma/kernels/access.hpp>
#include <soma/kernels/activation.hpp>
#include <soma/kernels/channel_affine.hpp>
#include <soma/kernels/conv2d.hpp>
#include <soma/kernels/elementwise.hpp>
#include <soma/kernels/layout.hpp>
#include <soma/kernels/pool.hpp>
#include <soma/kernels/softmax.hpp>

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
    int samples = 1;  ///< samples that the caller has; the rest of the batch is padding
};

/// Runs one node.
using node_function = void (*)(const plan_node&, const pass_context&) noexcept;

namespace detail {

template <class T>
[[nodiscard]] const T* read_node(const pass_context& c, int node) noexcept {
    return reinterpret_cast<const T*>(c.arena + c.nodes[node].arena_offset);
}

/// Makes the lanes that pad a pixel zero where their kernel leaves them as they were: BF16 matmuls
/// downstream multiply them (by zero), so they must be finite.
template <class Isa, class T>
void clear_padding(const plan_node& n, const pass_context& c) noexcept {
    if (n.out_pitch == n.out_shape.c) {
        return;
    }
    auto* pixel = reinterpret_cast<T*>(c.arena + n.arena_offset);
    for (long long left = c.batch_size * stored_pixels(n); left > 0; --left, pixel += n.out_pitch) {
        kernels::clear_pad_lanes(pixel, n.out_shape.c, n.out_pitch);
    }
}

template <class Isa, kernel_key Key>
void run_matmul(const plan_node& n, const pass_context& c) noexcept {
    using operand = type_of_t<Key.in>;
    using result = type_of_t<Key.out>;
    kernels::epilogue<result> finish{.kind = n.act,
                                     .parameters = n.act_parameters,
                                     .post = kernels::post_function<Isa, Key.act>};
    if (n.residual >= 0) {
        finish.residual = read_node<result>(c, n.residual);
    }
    // Parameters lie in execution order, so what follows this node's is what is needed next.
    const std::size_t next = n.vectors_offset + n.vectors_bytes;
    kernels::conv2d<Isa, operand, result, Key.tiles>(
        n.geometry, read_node<operand>(c, n.inputs[0]),
        reinterpret_cast<const operand*>(c.packed + n.weights_offset),
        reinterpret_cast<const float*>(c.packed + n.vectors_offset),
        reinterpret_cast<result*>(c.arena + n.arena_offset), finish, c.scratch,
        next < c.packed_bytes ? c.packed + next : nullptr);
    if constexpr (Key.out != format::bf16) {
        clear_padding<Isa, result>(n, c);
    }
}

template <class Isa, kernel_key Key, const custom_kernel* Custom>
void run_custom(const plan_node& n, const pass_context& c) noexcept {
    custom_call call{.in = c.arena + c.nodes[n.inputs[0]].arena_offset,
                     .out = c.arena + n.arena_offset,
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
    clear_padding<Isa, type_of_t<Key.out>>(n, c);
}

/// Runs the node `n`, whose key is `Key` and whose kernel is `Custom` if it is a custom layer.
template <class Isa, kernel_key Key, const custom_kernel* Custom>
void run_node(const plan_node& n, const pass_context& c) noexcept {
    using in_type = type_of_t<Key.in>;
    using out_type = type_of_t<Key.out>;
    const auto pixels = static_cast<std::size_t>(c.batch_size)
                        * static_cast<std::size_t>(n.out_shape.h)
                        * static_cast<std::size_t>(n.out_shape.w);
    const std::size_t elements = pixels * static_cast<std::size_t>(n.out_pitch);
    [[maybe_unused]] auto* const out = reinterpret_cast<out_type*>(c.arena + n.arena_offset);
    [[maybe_unused]] const auto in = [&](int k = 0) { return read_node<in_type>(c, n.inputs[k]); };
    constexpr auto post = kernels::post_function<Isa, Key.act>;
    const extents& shape = n.out_shape;

    if constexpr (Key.kind == op::conv2d) {
        run_matmul<Isa, Key>(n, c);
    } else if constexpr (Key.kind == op::input) {
        kernels::import_nchw<Isa>(c.input, c.samples, shape.c, shape.h, shape.w, out, n.out_pitch,
                                  n.halo_h, n.halo_w);
        const std::size_t given = static_cast<std::size_t>(c.samples) * stored_bytes(n);
        std::memset(c.arena + n.arena_offset + given, 0, n.arena_bytes - given);
    } else if constexpr (Key.kind == op::output) {
        kernels::export_nchw<Isa>(in(), c.samples, shape.c, shape.h, shape.w, n.in_pitch, c.output);
    } else if constexpr (Key.kind == op::batch_norm) {
        const auto* const scale = reinterpret_cast<const float*>(c.packed + n.vectors_offset);
        kernels::channel_affine<Isa>(in(), pixels, shape.c, n.out_pitch, scale,
                                     scale + round_up(n.out_pitch, 16), out, n.act,
                                     n.act_parameters, post);
    } else if constexpr (Key.kind == op::activation) {
        kernels::activate<Isa, Key.act>(in(), out, elements, n.act_parameters);
    } else if constexpr (Key.kind == op::add) {
        kernels::add<Isa>(in(0), in(1), out, elements, n.act, n.act_parameters, post);
    } else if constexpr (Key.kind == op::cast) {
        kernels::cast<Isa>(in(), out, elements);
    } else if constexpr (Key.kind == op::max_pool) {
        kernels::max_pool<Isa>(pooling_geometry(n, c.batch_size), in(), out);
    } else if constexpr (Key.kind == op::average_pool) {
        kernels::average_pool<Isa>(pooling_geometry(n, c.batch_size), in(), out);
    } else if constexpr (Key.kind == op::global_average_pool) {
        kernels::global_average_pool<Isa>(in(), c.batch_size, n.in_shape.h * n.in_shape.w, shape.c,
                                          n.in_pitch, out);
    } else if constexpr (Key.kind == op::softmax) {
        kernels::softmax<Isa>(in(), pixels, shape.c, n.in_pitch, out, n.out_pitch);
    } else if constexpr (Key.kind == op::log_softmax) {
        kernels::log_softmax<Isa>(in(), pixels, shape.c, n.in_pitch, out, n.out_pitch);
    } else if constexpr (Key.kind == op::flatten) {
        kernels::flatten_chw(in(), c.batch_size, n.in_shape.c, n.in_shape.h, n.in_shape.w,
                             n.in_pitch, out, n.out_pitch);
    } else if constexpr (Key.kind == op::concat) {
        int channel = 0;
        for (int k = 0; k < n.input_count; ++k) {
            const plan_node& part = c.nodes[n.inputs[k]];
            const int left = n.out_pitch - channel - part.out_shape.c;
            kernels::copy_channels<Isa>(in(k), pixels, part.out_shape.c, part.out_pitch,
                                        out + channel, n.out_pitch,
                                        k + 1 == n.input_count ? left : 0);
            channel += part.out_shape.c;
        }
    } else if constexpr (Key.kind == op::custom) {
        run_custom<Isa, Key, Custom>(n, c);
    } else {
        static_assert(Key.kind == op::conv2d, "dispatch: a kind of node without a kernel");
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

/// Runs every node of `Program` in order.
template <class Program>
void run_pass(const pass_context& context) noexcept {
    for (const plan_node& n : Program::nodes) {
        kernel_table<Program>[n.kernel](n, context);
    }
}

}  // namespace soma
