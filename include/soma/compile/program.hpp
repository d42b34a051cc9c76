// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The constexpr result of compilation: a model under a precision and a schedule.

#include <array>
#include <cstddef>

#include <soma/compile/core_program.hpp>
#include <soma/compile/formatted.hpp>
#include <soma/compile/host_stages.hpp>
#include <soma/compile/kernel_key.hpp>
#include <soma/compile/memory.hpp>
#include <soma/compile/node_part.hpp>
#include <soma/compile/sample_groups.hpp>
#include <soma/compile/split.hpp>
#include <soma/compile/target.hpp>
#include <soma/kernels/conv2d.hpp>
#include <soma/kernels/winograd_plan.hpp>
#include <soma/policy/schedule.hpp>
#include <soma/simd/isa.hpp>

namespace soma {

namespace detail {

template <class Precision>
struct require_precision
    : require<fault_if<!precision_policy<Precision>,
                       wrong_precision<policy<Precision>,
                                       expected<fixed_string{"a precision policy"}>,
                                       got_type<Precision>>>> {};

template <class Schedule>
struct require_schedule
    : require<fault_if<!schedule_policy<Schedule>,
                       wrong_schedule<policy<Schedule>,
                                      expected<fixed_string{"a schedule policy"}>,
                                      got_type<Schedule>>>> {};

/// Everything a program knows, computed in one constant evaluation.
template <int Nodes>
struct program_data {
    plan_list<Nodes> list;
    kernel_key keys[static_cast<std::size_t>(Nodes)] = {};
    const custom_kernel* custom[static_cast<std::size_t>(Nodes)] = {};
    int key_count = 0;
    pass_step steps[static_cast<std::size_t>(Nodes)] = {};
    int step_count = 0;
    std::size_t activation_bytes = 0, least_activation_bytes = 0, scratch_bytes = 0;
};

constexpr void cut_node(plan_node& n, const passes::node_split& split) noexcept {
    n.how = split.how;
    n.units = split.units;
    n.chunks = split.chunks;
}

template <class Formatted, class Isa>
[[nodiscard]] constexpr auto plan(
    int batch_size,
    int cores,
    int grain,
    const std::array<int, static_cast<std::size_t>(Formatted::size)>& groups) noexcept {
    constexpr int count = Formatted::size;
    using compute_type = typename Formatted::compute_type;
    program_data<count> data;
    data.list = Formatted::list;
    plan_node* const nodes = data.list.nodes;

    for (int i = 0; i < count; ++i) {
        plan_node& n = nodes[i];
        const int samples = groups[static_cast<std::size_t>(i)];
        kernels::tile_set tiles;
        if (is_matmul(n.kind)) {
            n.geometry = kernel_geometry(nodes, i, samples);
            const bool direct = n.algorithm == kernels::algorithm::direct;
            const int m = kernels::winograd_outputs(n.algorithm);
            const auto tiling = direct ? kernels::pick_tiling<Isa, compute_type>(n.geometry)
                                       : kernels::winograd_tiling<Isa>(n.geometry);
            n.tile_rows = tiling.mr;
            n.tile_vectors = tiling.nv;
            if (cores > 1) {
                cut_node(n, passes::matmul_split<Isa, compute_type>(n, cores, grain));
            }
            if (direct) {
                tiles = passes::tiles_of_chunks<Isa, compute_type>(n, cores);
                const auto scratch = kernels::conv_scratch_bytes<Isa, compute_type>(n.geometry);
                data.scratch_bytes = scratch > data.scratch_bytes ? scratch : data.scratch_bytes;
            }
            for (int chunk = 0; !direct && chunk < n.chunks; ++chunk) {
                const kernels::conv_part part = part_of(n, chunk, cores).matmul;
                tiles = tiles | kernels::winograd_tiles_needed<Isa>(n.geometry, m, part);
                const auto scratch = kernels::winograd_scratch_bytes<Isa>(n.geometry, m, part);
                data.scratch_bytes = scratch > data.scratch_bytes ? scratch : data.scratch_bytes;
            }
        } else if (cores > 1) {
            cut_node(n, passes::plain_split<Isa>(n, batch_size, cores, grain));
        }
        data.step_count = passes::add_step(data.steps, data.step_count, i, n.chunks, samples);
        // Custom nodes share no entry: while g++ instruments undefined behaviour, it takes no
        // comparison of the kernels' addresses for a constant.
        const kernel_key key = key_of(n);
        int k = 0;
        while (k < data.key_count
               && (n.kind == op::custom || !(key_without_tiles(data.keys[k]) == key))) {
            ++k;
        }
        if (k == data.key_count) {
            data.custom[k] = data.list.custom[i];
            data.keys[data.key_count++] = key;
        }
        data.keys[k].tiles = data.keys[k].tiles | tiles;
        n.kernel = static_cast<std::uint8_t>(k);
    }

    passes::link_panels<Isa, compute_type>(nodes, count);
    passes::size_results<count>(nodes, data.steps, data.step_count, batch_size);
    const passes::activation_plan activations =
        passes::place_activations<count>(nodes, data.steps, data.step_count, batch_size);
    data.activation_bytes = activations.bytes;
    data.least_activation_bytes = activations.least_bytes;
    return data;
}

}  // namespace detail

/// `Model` compiled: nodes in execution order with kernels, formats, tiles and memory offsets.
///
/// \tparam Model     a struct derived from `model<...>`
/// \tparam Precision a precision policy
/// \tparam Schedule  a schedule policy
/// \tparam Target    the instruction set of its kernels, part of the type so that translation units
///                   built with different flags can be linked; or `on<Instance>`, which adds what
///                   the program would do on modelled cores (`compile/core_program.hpp`)
template <model_type Model,
          class Precision = fp32,
          class Schedule = schedule<>,
          program_target Target = simd::native>
class program : detail::require_precision<Precision>,
                detail::require_schedule<Schedule>,
                public detail::on_target<Model, Precision, Schedule, Target> {
    using Isa = isa_of_t<Target>;

public:
    /// What packed weights depend on: everything but the schedule.
    using formatted_type = formatted<Model, Precision, Isa>;

private:
    /// Where cores share a pass, they share the whole batch; stages hand it over as a whole.
    static constexpr auto groups = [] {
        constexpr int batch = Schedule::batch_size;
        std::array<int, static_cast<std::size_t>(formatted_type::size)> all;
        all.fill(batch);
        if constexpr (batch > 1 && cores_of<Schedule> == 1 && stages_of<Schedule> == 1) {
            all = passes::choose_groups<Isa, typename formatted_type::compute_type,
                                        formatted_type::size>(
                formatted_type::list.nodes, batch,
                cache_bytes_of<Schedule> > 0 ? cache_bytes_of<Schedule> : passes::kept_bytes);
        }
        return all;
    }();
    static constexpr auto data = detail::plan<formatted_type, Isa>(
        Schedule::batch_size,
        cores_of<Schedule>,
        grain_of<Schedule> > 0 ? grain_of<Schedule> : passes::default_grain,
        groups);
    static_assert(data.key_count <= 256, "program: kernels are numbered with 8 bits");

public:
    using model_type = Model;
    using precision_type = Precision;
    using schedule_type = Schedule;
    using target_type = Target;
    using isa_type = Isa;

    /// Samples of one pass through the nodes, passes side by side, cores that share each pass,
    /// samples of one run.
    static constexpr int batch_size = Schedule::batch_size;
    static constexpr int copies = Schedule::copies;
    static constexpr int cores = cores_of<Schedule>;
    static constexpr int samples = samples_per_run<Schedule>;

    static constexpr int size = formatted_type::size;
    static constexpr std::array<plan_node, static_cast<std::size_t>(size)> nodes = [] {
        std::array<plan_node, static_cast<std::size_t>(size)> all;
        for (int i = 0; i < size; ++i) {
            all[static_cast<std::size_t>(i)] = data.list.nodes[i];
        }
        return all;
    }();

    /// Distinct kernels; `nodes[i].kernel` is an index into them.
    static constexpr std::array<kernel_key, static_cast<std::size_t>(data.key_count)> kernel_keys =
        [] {
            std::array<kernel_key, static_cast<std::size_t>(data.key_count)> all;
            for (std::size_t i = 0; i < all.size(); ++i) {
                all[i] = data.keys[i];
            }
            return all;
        }();

    /// The kernels of custom layers by the same index, null elsewhere.
    static constexpr std::array<const custom_kernel*, static_cast<std::size_t>(data.key_count)>
        custom_kernels = [] {
            std::array<const custom_kernel*, static_cast<std::size_t>(data.key_count)> all{};
            for (std::size_t i = 0; i < all.size(); ++i) {
                all[i] = data.custom[i];
            }
            return all;
        }();

    /// What lies between two barriers, where several cores share a pass, and what a group of
    /// samples runs through before the next one, where one core has it.
    static constexpr std::array<pass_step, static_cast<std::size_t>(data.step_count)> steps = [] {
        std::array<pass_step, static_cast<std::size_t>(data.step_count)> all;
        for (std::size_t i = 0; i < all.size(); ++i) {
            all[i] = data.steps[i];
        }
        return all;
    }();

    /// Bytes of one copy's arena: activations, then the scratch space of convolutions, of each core
    /// its own.
    static constexpr std::size_t arena_bytes = data.activation_bytes + cores * data.scratch_bytes;
    static constexpr std::size_t scratch_offset = data.activation_bytes;
    static constexpr std::size_t scratch_bytes = data.scratch_bytes;
    /// The most activation bytes that are alive at once: no plan needs less.
    static constexpr std::size_t least_activation_bytes = data.least_activation_bytes;
    static constexpr std::size_t activation_bytes = data.activation_bytes;

    /// The nodes that each thread of a pipeline on this processor runs; without one, all of them.
    /// Evaluated when it is named.
    static constexpr host_stage_list stage_ranges =
        passes::host_stages<Isa, typename formatted_type::compute_type, size>(
            nodes.data(), batch_size, stages_of<Schedule>);

    /// Bytes of packed parameters, shared by all copies.
    static constexpr std::size_t packed_bytes = formatted_type::packed_bytes;

    /// Arithmetic of one sample.
    static constexpr workload work = [] {
        workload total;
        for (const plan_node& n : nodes) {
            total += n.work;
        }
        return total;
    }();
};

}  // namespace soma
