// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The time of every node of a program, measured one by one in network order.
///
/// Nodes run as they do in a request, after their neighbours and with weights as cold as there.

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <soma/compile/lowered.hpp>
#include <soma/compile/program.hpp>
#include <soma/perf/clock.hpp>
#include <soma/perf/statistics.hpp>
#include <soma/runtime/dispatch.hpp>
#include <soma/runtime/weights/weights.hpp>
#include <soma/simd/control.hpp>
#include <soma/tensor/aligned_buffer.hpp>

namespace bench {

/// Positions of a window of `taps` that lie inside an image of `in`, summed over `out` windows.
[[nodiscard]] constexpr long long inner_taps(
    int in, int out, int taps, int stride, int pad, int dilation) noexcept {
    long long count = 0;
    for (int o = 0; o < out; ++o) {
        for (int tap = 0; tap < taps; ++tap) {
            const int at = o * stride - pad + tap * dilation;
            count += at >= 0 && at < in ? 1 : 0;
        }
    }
    return count;
}

/// Two per multiplication of node `n` for one sample that reads a pixel of the image; 0 for nodes
/// that are no matrix product.
[[nodiscard]] constexpr double useful_flops(const soma::plan_node& n) noexcept {
    if (!soma::is_matmul(n.kind)) {
        return 0.0;
    }
    const soma::kernels::conv_geometry g = soma::layer_geometry(n, 1);
    const auto taps = inner_taps(g.in_h, g.out_h, g.kernel_h, g.stride_h, g.pad_h, g.dilation_h)
                      * inner_taps(g.in_w, g.out_w, g.kernel_w, g.stride_w, g.pad_w, g.dilation_w);
    return 2.0 * static_cast<double>(taps) * g.out_c * g.group_in();
}

/// The layer's name in the weights file, else the kind of node.
template <class Program>
[[nodiscard]] std::string node_name(const soma::plan_node& n) {
    std::string spelled;
    soma::lowered<typename Program::model_type>::names.spell(
        n.name, [&](std::string_view piece) { spelled += piece; });
    return spelled.empty() ? std::string(soma::name(n.kind)) : spelled;
}

/// Runs `passes` passes of one copy's batch from `input` on the calling thread and returns each
/// node's figures; its time is the median over the passes.
template <class Program>
[[nodiscard]] nlohmann::ordered_json profile_layers(
    const soma::weights<typename Program::model_type>& trained, const float* input, int passes) {
    const auto packed =
        trained.template packed<typename Program::formatted_type, typename Program::isa_type>();
    soma::aligned_buffer arena(Program::arena_bytes);
    std::vector<float> output(static_cast<std::size_t>(Program::batch_size)
                              * Program::model_type::output_shape::size);
    const soma::pass_context context{.nodes = Program::nodes.data(),
                                     .arena = arena.data(),
                                     .scratch = arena.data() + Program::scratch_offset,
                                     .packed = packed->data(),
                                     .packed_bytes = packed->size(),
                                     .input = input,
                                     .output = output.data(),
                                     .batch_size = Program::batch_size,
                                     .samples = Program::batch_size};

    const soma::simd::flush_denormals_scope flush;
    std::array<std::vector<double>, Program::nodes.size()> seconds;
    soma::run_pass<Program>(context);
    for (int pass = 0; pass < passes; ++pass) {
        for (std::vector<double>& of_node : seconds) {
            of_node.push_back(0.0);
        }
        // A node's time is that of all groups of samples that it runs for.
        soma::for_each_node<Program>(context, [&](int node, const auto& group, const auto& part) {
            const auto i = static_cast<std::size_t>(node);
            const soma::plan_node& n = Program::nodes[i];
            seconds[i].back() += soma::perf::seconds_of(
                [&] { soma::kernel_table<Program>[n.kernel](n, group, part); });
        });
    }

    auto layers = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < Program::nodes.size(); ++i) {
        const soma::plan_node& n = Program::nodes[i];
        const double batch = Program::batch_size;
        layers.push_back(
            {{"name", node_name<Program>(n)},
             {"kind", n.kind == soma::op::conv2d && n.out_shape.h == 1 && n.out_shape.w == 1
                          ? "linear"
                          : soma::name(n.kind)},
             {"in", {n.in_shape.h, n.in_shape.w, n.in_shape.c}},
             {"out", {n.out_shape.h, n.out_shape.w, n.out_shape.c}},
             {"window", n.win.kernel_h},
             {"stride", n.win.stride_h},
             {"seconds", soma::perf::median(seconds[i])},
             {"nominal_flops", 2.0 * batch * static_cast<double>(n.work.macs)},
             {"useful_flops", batch * useful_flops(n)}});
    }
    return {{"layers", layers}};
}

}  // namespace bench
