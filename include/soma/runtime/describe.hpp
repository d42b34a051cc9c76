// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A program in words: one line per node.

#include <iomanip>
#include <ostream>
#include <sstream>
#include <string>

#include <soma/compile/program.hpp>

namespace soma {

namespace detail {

/// Name of a node as its parameters start, or what it does in brackets.
template <class Program>
[[nodiscard]] std::string node_label(const plan_node& n) {
    std::string label;
    lowered<typename Program::model_type>::names.spell(
        n.name, [&](std::string_view piece) { label += piece; });
    return label.empty() ? std::string("(").append(name(n.kind)).append(")") : label;
}

/// `conv2d 3x3/2 + bn + add + relu`: the kernel and everything fused into it.
[[nodiscard]] inline std::string kernel_label(const plan_node& n) {
    std::ostringstream label;
    label << name(n.kind);
    const window& w = n.win;
    if (n.kind == op::conv2d || w.kernel_h * w.kernel_w > 1) {
        label << ' ' << w.kernel_h << 'x' << w.kernel_w;
    }
    if (w.stride_h > 1 || w.stride_w > 1) {
        label << '/' << w.stride_h;
    }
    if (n.groups > 1) {
        label << " g" << n.groups;
    }
    if (n.normalised && n.kind != op::batch_norm) {
        label << " + bn";
    }
    if (n.residual >= 0) {
        label << " + add";
    }
    if (n.act != kernels::activation::none && n.kind != op::activation) {
        label << " + ";
    }
    if (n.act != kernels::activation::none) {
        label << (n.kind == op::activation ? " " : "") << kernels::name(n.act);
    }
    return label.str();
}

[[nodiscard]] inline std::string tile_label(const plan_node& n) {
    return n.tile_rows == 0
               ? std::string("-")
               : std::to_string(n.tile_rows).append("x").append(std::to_string(n.tile_vectors));
}

[[nodiscard]] inline std::string format_label(const plan_node& n) {
    const std::string in(name(n.in)), out(name(n.out));
    return in == out ? in : in + ">" + out;
}

}  // namespace detail

/// Writes one line per node - name, kernel and what is fused into it, register tile (pixels x
/// vectors), formats, shape of the result, arena offset and bytes for the compiled batch, bytes of
/// packed parameters, floating-point operations for one sample - and a line of totals.
template <class Program>
void describe(std::ostream& out) {
    const auto line = [&](const auto& node, const auto& kernel, const auto& tile, const auto& formats,
                          const auto& shape, const auto& at, const auto& bytes, const auto& packed,
                          const auto& flops) {
        out << std::left << std::setw(24) << node << std::setw(32) << kernel << std::setw(6) << tile
            << std::setw(11) << formats << std::right << std::setw(12) << shape << std::setw(10) << at
            << std::setw(10) << bytes << std::setw(10) << packed << std::setw(13) << flops << '\n';
    };
    out << Program::precision_type::name << ", batch " << Program::batch_size << ", copies "
        << Program::copies << ", " << Program::isa_type::name << ", " << Program::size << " nodes, "
        << Program::kernel_keys.size() << " kernels\n";
    line("node", "kernel", "tile", "formats", "result", "offset", "bytes", "packed", "FLOPs");
    for (const plan_node& n : Program::nodes) {
        line(detail::node_label<Program>(n), detail::kernel_label(n), detail::tile_label(n),
             detail::format_label(n), std::string(to_text(n.out_shape).view()), n.arena_offset,
             n.arena_bytes, n.weights_bytes + n.vectors_bytes, n.work.flops());
    }
    line("total", "", "", "", "", "", Program::arena_bytes, Program::packed_bytes,
         Program::work.flops());
}

}  // namespace soma
