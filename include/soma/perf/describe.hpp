// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A program in words: one line per node.

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <soma/compile/program.hpp>
#include <soma/compile/program_name.hpp>
#include <soma/perf/table.hpp>

namespace soma::perf {

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
    const auto by = [](int h, int w) {
        return std::to_string(h).append("x").append(std::to_string(w));
    };
    const window& w = n.win;
    std::string label(name(n.kind));
    if (n.kind == op::conv2d || w.kernel_h * w.kernel_w > 1) {
        label.append(" ").append(by(w.kernel_h, w.kernel_w));
    }
    if (n.algorithm != kernels::algorithm::direct) {
        label.append(" ").append(kernels::name(n.algorithm));
    }
    if (w.stride_h > 1 || w.stride_w > 1) {
        label.append("/").append(w.stride_h == w.stride_w ? std::to_string(w.stride_h)
                                                          : by(w.stride_h, w.stride_w));
    }
    if (n.groups > 1) {
        label.append(" in ").append(std::to_string(n.groups)).append(" groups");
    }
    if (n.kind == op::attention) {
        label.append(" of ").append(std::to_string(n.heads)).append(" heads");
    }
    if (n.kind == op::embedding) {
        label.append(" of ").append(std::to_string(n.table_rows)).append(" rows");
    }
    label.append(n.normalised && n.kind != op::batch_norm ? " + bn" : "");
    label.append(n.residual >= 0 ? " + add" : "");
    if (n.act != kernels::activation::none) {
        label.append(n.kind == op::activation ? " " : " + ").append(kernels::name(n.act));
    }
    return label;
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

/// `rows/8`: along what the node is cut, and into how many chunks; `one` where it is not.
[[nodiscard]] inline std::string cut_label(const plan_node& n) {
    std::string label(name(n.how));
    return n.how == cut::one ? label : label.append("/").append(std::to_string(n.chunks));
}

}  // namespace detail

/// Writes one line per node - name, kernel and what is fused into it, register tile (pixels x
/// vectors), formats, shape of the result, arena offset and bytes for the compiled batch, bytes of
/// packed parameters, floating-point operations for one sample - and a line of totals. Where
/// several cores share a pass, a column says how each node is cut for them.
template <class Program>
void describe(std::ostream& out) {
    out << program_name<Program>.view() << ", " << Program::isa_type::name << ", " << Program::size
        << " nodes, " << Program::kernel_keys.size() << " kernels\n";
    std::vector<std::string> headings{"node",   "kernel", "tile",   "formats", "result",
                                      "offset", "bytes",  "packed", "FLOPs"};
    if constexpr (Program::cores > 1) {
        headings.emplace_back("cut");
    }
    table lines(headings);
    const auto add = [&](const std::string& how, auto... cells) {
        if constexpr (Program::cores > 1) {
            lines.add({cells..., how});
        } else {
            lines.add({cells...});
        }
    };
    for (const plan_node& n : Program::nodes) {
        add(detail::cut_label(n), detail::node_label<Program>(n), detail::kernel_label(n),
            detail::tile_label(n), detail::format_label(n), to_text(n.out_shape).view(),
            n.arena_offset, n.arena_bytes, n.weights_bytes + n.vectors_bytes, n.work.flops());
    }
    add("", "total", "", "", "", "", "", Program::arena_bytes, Program::packed_bytes,
        Program::work.flops());
    lines.print(out);
}

}  // namespace soma::perf
