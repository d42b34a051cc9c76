// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a run of a program costs on the nominal core of compile/split.hpp, whoever is in it.
///
/// Good for the choice between schedules of one model; real cores differ from the nominal one by
/// factors that schedules mostly share.

#include <cstddef>

#include <soma/compile/host_stages.hpp>
#include <soma/compile/plan_node.hpp>
#include <soma/compile/split.hpp>
#include <soma/numeric/format.hpp>
#include <soma/policy/schedule.hpp>
#include <soma/simd/isa.hpp>

namespace soma {

namespace passes {

/// To begin a node, or a group of its samples: a call through a table.
inline constexpr double node_price = 30;

/// Nanoseconds of the `count` nodes of a program, one after the other, for a whole batch on `cores`
/// cores that share it.
///
/// \param weights_stay in the second-level cache from run to run; else they come from behind it
///                     once a run, for the first group of samples
template <simd::instruction_set Isa, numeric_format T>
[[nodiscard]] constexpr double run_ns(const plan_node* nodes,
                                      int count,
                                      int batch,
                                      int cores,
                                      int grain,
                                      bool weights_stay) noexcept {
    // With one core no node is cut: a grain that none reaches.
    const int least = cores > 1 ? grain : 1'000'000'000;
    double total = 0;
    for (int i = 0; i < count; ++i) {
        const plan_node& n = nodes[i];
        double groups = 1;
        if (is_matmul(n.kind)) {
            groups = static_cast<double>(batch) / n.geometry.batch;
            const double kept = weights_stay ? groups : groups - 1;
            total += groups * matmul_split<Isa, T>(n, cores, least).ns
                     - kept * static_cast<double>(n.weights_bytes) / bytes_per_ns;
        } else {
            total += plain_split<Isa>(n, batch, cores, least).ns;
        }
        total += groups * node_price;
    }
    return total;
}

}  // namespace passes

/// Of one run: copies run side by side, and the stages of a pipeline one after the other.
template <class Program>
inline constexpr double nominal_run_ns =
    passes::run_ns<typename Program::isa_type, typename Program::formatted_type::compute_type>(
        Program::nodes.data(),
        Program::size,
        Program::batch_size,
        Program::cores,
        grain_of<typename Program::schedule_type> > 0 ? grain_of<typename Program::schedule_type>
                                                      : passes::default_grain,
        Program::packed_bytes + Program::arena_bytes <= passes::on_core_bytes);

}  // namespace soma
