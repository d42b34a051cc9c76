// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Where a program rounds to 16 bits: the same model under each precision policy.

#include <cstddef>
#include <cstdint>
#include <vector>

#include <soma/compile/formatted.hpp>
#include <soma/layers/node.hpp>
#include <soma/numeric/format.hpp>
#include <soma/policy/precision.hpp>
#include <soma/policy/winograd.hpp>
#include <soma/simd/isa.hpp>

namespace soma::perf {

/// Who reads a node's value; a precision policy tells these three apart and no others.
enum class reader : std::uint8_t {
    operand = 0,  ///< a convolution, matrix product or attention multiplies it
    storage = 1,  ///< any other layer, or a residual addition
    result = 2,   ///< the caller
};

/// A set of readers, one bit each.
using reader_set = std::uint8_t;
inline constexpr reader_set all_readers = 7;

/// The reader that input `k` of a node of this kind is.
[[nodiscard]] constexpr reader reader_of(op kind, int k) noexcept {
    return (is_matmul(kind) && k == 0) || kind == op::attention ? reader::operand
           : kind == op::output                                 ? reader::result
                                                                : reader::storage;
}

[[nodiscard]] constexpr reader_set set_of(reader r) noexcept {
    return static_cast<reader_set>(1U << static_cast<unsigned>(r));
}

/// The value of one node is rounded to a format for some of its readers.
struct rounding_site {
    int node = 0;  ///< of the fused graph
    reader_set readers = all_readers;
    format to = format::f32;

    friend constexpr bool operator==(const rounding_site&, const rounding_site&) = default;
};

/// Every rounding to 16 bits that a policy causes: of weights by `operand`, of values by `sites`.
struct rounding_plan {
    format operand = format::f32;
    std::vector<rounding_site> sites;
    bool winograd = false;  ///< whether convolutions are filtered where that is cheaper
};

namespace detail {

/// Whether node `n` may change a value while it stores it.
[[nodiscard]] constexpr bool rounds(const plan_node& n) noexcept {
    if (n.out == format::f32 || n.kind == op::output) {
        return false;
    }
    const bool moves = n.kind == op::flatten || n.kind == op::concat || n.kind == op::max_pool
                       || n.kind == op::slice
                       || (n.kind == op::activation && n.act == kernels::activation::relu);
    return !moves || n.in != n.out;
}

}  // namespace detail

/// The roundings of `Model` under `Precision`, read from the nodes that its programs run.
template <model_type Model, precision_policy Precision, simd::instruction_set Isa = simd::native>
[[nodiscard]] rounding_plan plan_roundings() {
    using nodes_type = formatted<Model, Precision, Isa>;
    const plan_node* const nodes = nodes_type::list.nodes;
    rounding_plan plan{.operand = formats_of<Precision>.compute,
                       .sites = {},
                       .winograd = allows_winograd<Precision>};
    std::vector<int> origin;  // the node of the fused graph whose value a plan node holds
    int fused = 0;
    for (int i = 0; i < nodes_type::size; ++i) {
        const plan_node& n = nodes[i];
        const bool cast = n.kind == op::cast;
        origin.push_back(cast ? origin[static_cast<std::size_t>(n.inputs[0])] : fused++);
        reader_set readers = cast ? reader_set{0} : all_readers;
        for (int j = i + 1; cast && j < nodes_type::size; ++j) {
            for (int k = 0; k < nodes[j].input_count; ++k) {
                if (nodes[j].inputs[k] == i) {
                    readers =
                        static_cast<reader_set>(readers | set_of(reader_of(nodes[j].kind, k)));
                }
            }
        }
        if (detail::rounds(n)) {
            plan.sites.push_back({origin.back(), readers, n.out});
        }
    }
    return plan;
}

}  // namespace soma::perf
