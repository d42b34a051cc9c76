// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A node of a finished program: what to run, in which formats, from and to which bytes.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <soma/compile/names.hpp>
#include <soma/kernels/algorithm.hpp>
#include <soma/kernels/geometry.hpp>
#include <soma/layers/node.hpp>
#include <soma/numeric/format.hpp>

namespace soma {

/// Along what a node's work is cut for the cores that share it.
enum class cut : std::uint8_t { one, rows, panels, pixels, channels };

[[nodiscard]] constexpr std::string_view name(cut how) noexcept {
    constexpr std::string_view spelled[] = {"one", "rows", "panels", "pixels", "channels"};
    return spelled[static_cast<int>(how)];
}

/// One step of a program. Holds no pointer, so arrays of it need no relocation.
struct plan_node {
    op kind = op::identity;
    packed_name name, norm;
    extents in_shape, out_shape;

    format in = format::f32;   ///< of the activations read (matmuls: of the weights, too)
    format out = format::f32;  ///< of the activations written
    int in_pitch = 1, out_pitch = 1;

    std::int16_t inputs[max_inputs] = {};
    int input_count = 0;
    int residual = -1;

    window win;
    int groups = 1;
    bool bias = false, normalised = false, count_include_pad = true;
    int heads = 0, table_rows = 0;
    table_row row = table_row::numbered;
    bool numbers = false;  ///< the result is token numbers: 32 bits each in every precision
    double epsilon = 0;
    kernels::activation act = kernels::activation::none;
    kernels::activation_parameters act_parameters{};

    /// Zero pixels around the image in memory; the convolution that reads them has no padding.
    int halo_h = 0, halo_w = 0;
    bool reads_halo = false;

    /// Position of packed parameters in the weights blob, in bytes; size 0 for nodes without any.
    std::size_t weights_offset = 0, weights_bytes = 0;
    /// FP32 vectors behind the packed weights: bias of a matmul, scale and shift of a batch norm,
    /// parameters of a custom layer.
    std::size_t vectors_offset = 0, vectors_bytes = 0;

    kernels::algorithm algorithm = kernels::algorithm::direct;  ///< of a matmul

    packed_name custom_names[max_custom_parameters] = {};
    int custom_elements[max_custom_parameters] = {};
    int custom_count = 0;

    workload work;  ///< of one sample

    // What the schedule adds:
    kernels::conv_geometry geometry{};  ///< of a matmul, for the samples that it computes at once
    int tile_rows = 0, tile_vectors = 0;
    std::size_t arena_offset = 0, arena_bytes = 0;
    /// From a sample's result to the next one's, between groups of samples; 0 where each group
    /// writes over the one before.
    std::size_t sample_step = 0;
    cut how = cut::one;
    int units = 1, chunks = 1;  ///< what is cut, and into how many runs
    /// Where matmuls are cut by panels: bytes of a panel, and those of the matmul whose weights
    /// follow; 0 elsewhere.
    std::size_t panel_bytes = 0, next_panel_bytes = 0;
    int next_units = 0;       ///< panels of the matmul whose weights follow
    std::uint8_t kernel = 0;  ///< index into the program's kernels
};

/// Pixels of a node's result in memory, halo included.
[[nodiscard]] constexpr long long stored_pixels(const plan_node& n) noexcept {
    return static_cast<long long>(n.out_shape.h + 2 * n.halo_h) * (n.out_shape.w + 2 * n.halo_w);
}

/// Bytes of a node's result for one sample.
[[nodiscard]] constexpr std::size_t stored_bytes(const plan_node& n) noexcept {
    return static_cast<std::size_t>(stored_pixels(n) * n.out_pitch) * size_of(n.out);
}

/// The convolution that node `n` computes for `batch` samples, as its layer describes it.
[[nodiscard]] constexpr kernels::conv_geometry layer_geometry(const plan_node& n,
                                                              int batch) noexcept {
    return {.batch = batch,
            .in_h = n.in_shape.h,
            .in_w = n.in_shape.w,
            .in_c = n.in_shape.c,
            .in_pitch = n.in_pitch,
            .out_h = n.out_shape.h,
            .out_w = n.out_shape.w,
            .out_c = n.out_shape.c,
            .out_pitch = n.out_pitch,
            .kernel_h = n.win.kernel_h,
            .kernel_w = n.win.kernel_w,
            .stride_h = n.win.stride_h,
            .stride_w = n.win.stride_w,
            .pad_h = n.win.pad_h,
            .pad_w = n.win.pad_w,
            .dilation_h = n.win.dilation_h,
            .dilation_w = n.win.dilation_w,
            .groups = n.groups};
}

/// The pooling that node `n` computes for `batch` samples.
[[nodiscard]] constexpr kernels::pool_geometry pooling_geometry(const plan_node& n,
                                                                int batch) noexcept {
    return {.batch = batch,
            .in_h = n.in_shape.h,
            .in_w = n.in_shape.w,
            .c = n.in_shape.c,
            .pitch = n.in_pitch,
            .out_h = n.out_shape.h,
            .out_w = n.out_shape.w,
            .kernel_h = n.win.kernel_h,
            .kernel_w = n.win.kernel_w,
            .stride_h = n.win.stride_h,
            .stride_w = n.win.stride_w,
            .pad_h = n.win.pad_h,
            .pad_w = n.win.pad_w,
            .count_include_pad = n.count_include_pad};
}

}  // namespace soma
