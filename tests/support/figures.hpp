// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What holds for the figures and operators of all hardware.

#include <cstddef>
#include <string_view>

#include <soma/hardware/figure_list.hpp>
#include <soma/hardware/operator_row.hpp>

namespace soma::test {

/// Whether `value` is within `tolerance` of `expected`, relatively.
constexpr bool near(double value, double expected, double tolerance) {
    const double difference = value < expected ? expected - value : value - expected;
    return difference <= tolerance * expected;
}

/// Every figure but 0 says where it is from, and that it is not the user's.
template <class T>
constexpr bool every_figure_has_a_source(const T& subject) {
    bool all = true;
    each_figure(subject, [&](std::string_view, std::string_view, const figure& f) {
        all = all && (f == 0.0 || (!f.source.empty() && f.known != provenance::user));
    });
    return all;
}

/// Every kind of operator has exactly one row, with a source.
template <std::size_t Rows>
constexpr bool every_operator_has_a_source(const operator_row (&rows)[Rows]) {
    int seen[op_count] = {};
    for (const operator_row& row : rows) {
        if (row.source.empty() || row.known == provenance::user) {
            return false;
        }
        ++seen[static_cast<int>(row.kind)];
    }
    for (const int count : seen) {
        if (count != 1) {
            return false;
        }
    }
    return true;
}

constexpr bool runs_everything_but_products_and_custom(const neuron_core& core, format f) {
    for (int k = 0; k < op_count; ++k) {
        const op kind = static_cast<op>(k);
        if (!is_matmul(kind) && kind != op::attention && kind != op::custom
            && core.supports.of(kind, f) != refusal::none) {
            return false;
        }
    }
    return true;
}

}  // namespace soma::test
