// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// This processor as an instance of the cost model: a core of it is described like a NeuronCore.
///
/// | part of a NeuronCore | of this processor                                                    |
/// |----------------------|----------------------------------------------------------------------|
/// | stationary tile      | a vector of weights: pairs of 16-bit operands in each lane           |
/// | clock                | vectors per second of the multiply-add peak                          |
/// | efficiency           | part of that peak which the library's convolution reaches            |
/// | load of a tile       | the vector's bytes over the rate at which a product with one column  |
/// |                      | reads cached weights, less the column's own cycle                    |
/// | on-chip memory       | the second-level cache                                               |
/// | device memory        | whatever lies behind: a buffer of a chosen size says how fast it is  |
/// | DMA between cores    | the same path                                                        |
/// | vector engine        | elements at the speed of the second-level cache                      |
/// | scalar engine        | elements per second of a sigmoid                                     |
///
/// Every figure is marked as calibrated. A cache is no memory that software fills: what exceeds it
/// is lost in whole by a loop over it, where the model has only the excess streamed.

#include <cstddef>
#include <string_view>

#include <soma/compile/core_graph.hpp>
#include <soma/compile/predict.hpp>
#include <soma/hardware/calibration.hpp>
#include <soma/hardware/deployment.hpp>
#include <soma/hardware/figure.hpp>
#include <soma/hardware/instance.hpp>
#include <soma/hardware/operator_row.hpp>
#include <soma/hardware/prediction.hpp>

namespace soma::perf {

/// What the cores of a machine can do. Rates are per second and, but for one, of a core by itself.
struct host_figures {
    int cores = 1;
    int lanes = 1;                       ///< FP32 numbers of a vector
    double cache_bytes = 0;              ///< of a core's second level
    double memory_bytes = 0;             ///< of the machine
    double bf16_flops = 0;               ///< peak of multiply-adds, two operations each
    double fp32_flops = 0;               ///< likewise
    double bf16_efficiency = 0;          ///< part of `bf16_flops` that a convolution reaches
    double fp32_efficiency = 0;          ///< part of `fp32_flops`
    double cached_bytes_per_second = 0;  ///< read by the core out of its second level
    double behind_bytes_per_second = 0;  ///< out of what lies behind
    double shared_bytes_per_second = 0;  ///< the same by all cores at once, all together
    double weight_efficiency = 0;        ///< part of `cached_bytes_per_second` that a product with
                                         ///< one column reads its weights at
    double sigmoids_per_second = 0;
    double handover_seconds = 0;  ///< of each batch that a stage hands over to one that is awake
    /// Between the stages of a pipeline's only batch: what a caller waits for beside their work
    /// while the second stage still spins, and once it sleeps.
    double spinning_wake_seconds = 0, sleeping_wake_seconds = 0;
};

namespace detail {

[[nodiscard]] constexpr figure measured(double value, std::string_view how) noexcept {
    return {value, provenance::calibrated, how};
}

/// A processor runs every operator in every format.
[[nodiscard]] constexpr operator_support everything() noexcept {
    operator_support all;
    for (format_set& formats : all.formats) {
        formats = all_formats;
    }
    return all;
}

}  // namespace detail

/// One core. FP16 products take as long as BF16 ones in the model; the kernels widen them to FP32.
[[nodiscard]] constexpr neuron_core host_core(const host_figures& f) noexcept {
    using detail::measured;
    constexpr int pair = 2;
    const double vector_bytes = 2.0 * pair * f.lanes;
    const double clock = f.bf16_flops / 2 / (pair * f.lanes);
    const double weights_read = f.cached_bytes_per_second * f.weight_efficiency;
    const double cycles = vector_bytes / weights_read * clock * f.bf16_efficiency;
    neuron_core core;
    core.name = "host core";
    core.known_as = "host_core";
    core.tensor = {
        .rows = measured(pair, "operands of one lane in a BF16 multiply-add"),
        .columns = measured(f.lanes, "lanes of a vector"),
        .clock_hz = measured(clock, "measured multiply-add peak out of registers"),
        .longest_moving = measured(1e6, "a panel of weights stays near while pixels pass it"),
        .fewest_cycles = measured(0, "no pipeline to fill"),
        .load_cycles = measured(cycles > 1 ? cycles - 1 : 0,
                                "measured time of products with one column, weights cached"),
        .fp32_passes =
            measured(f.bf16_flops * f.bf16_efficiency / (f.fp32_flops * f.fp32_efficiency),
                     "measured convolution in BF16 over the same in FP32"),
    };
    const double elements = f.cached_bytes_per_second / 2;
    core.vector = {measured(elements, "measured reads of the second-level cache, 16 bits each")};
    core.scalar = {measured(f.sigmoids_per_second, "measured sigmoid")};
    core.memory_bytes = measured(f.cache_bytes, "second-level cache, as the system has it");
    core.dma_bytes_per_second =
        measured(f.behind_bytes_per_second * f.weight_efficiency,
                 "measured reads behind the second-level cache, as far as kernels reach them");
    core.supports = detail::everything();
    return core;
}

/// The machine: one chip, whose cores share what lies behind their caches.
[[nodiscard]] constexpr instance host_instance(const host_figures& f) noexcept {
    using detail::measured;
    instance host;
    host.name = "this host";
    host.chip.name = "host processor";
    host.chip.core = host_core(f);
    host.chip.cores = f.cores;
    host.chip.memory_bytes = measured(f.memory_bytes, "memory, as the system has it");
    host.chip.memory_bytes_per_second = measured(f.shared_bytes_per_second * f.weight_efficiency,
                                                 "as a core's, measured with all cores reading");
    host.vcpus = f.cores;
    host.host_memory_bytes = host.chip.memory_bytes;
    host.host_flops_per_second = measured(f.fp32_flops, "measured multiply-add peak");
    return host;
}

/// The cost model's parameters for programs on these cores. A call is a batch of a longer run,
/// which costs no more than its way from stage to stage, if there are several.
[[nodiscard]] constexpr calibration host_calibration(const host_figures& f,
                                                     int pipeline_cores) noexcept {
    return {.tensor_efficiency = f.bf16_efficiency,
            .vector_passes = 1,
            .call_seconds = pipeline_cores > 1 ? f.handover_seconds * pipeline_cores : 0,
            .host_bytes_per_second = f.cached_bytes_per_second};
}

/// What `graph` would do on these cores as `how` says, in runs of many batches.
///
/// As many batches are in flight as stages and the slots between them hold. A stage hands over on
/// its own thread, so the slowest one's batches are that much further apart. `unloaded_ms` is that
/// of a batch among others; `alone_seconds` has that of one that comes alone.
template <int Capacity>
[[nodiscard]] constexpr prediction predict_on_host(const operation_list& graph,
                                                   const host_figures& f,
                                                   deployment how,
                                                   stage_list* stages = nullptr) noexcept {
    how.workers = how.workers > 0 ? how.workers : 3 * how.pipeline_cores - 2;
    stage_list own;
    stage_list& made = stages != nullptr ? *stages : own;
    prediction p = predict<Capacity>(graph, host_instance(f), how,
                                     host_calibration(f, how.pipeline_cores), &made);
    if (p.fits() && how.pipeline_cores > 1) {
        double slowest = 0;
        for (int s = 0; s < made.count; ++s) {
            slowest = made.at[s].seconds > slowest ? made.at[s].seconds : slowest;
        }
        const double most = how.batch * how.copies / (slowest + f.handover_seconds);
        p.throughput = p.throughput < most ? p.throughput : most;
        p.latency_ms = 1e3 * p.in_flight * how.batch / p.throughput;
    }
    return p;
}

/// The same of a model under a precision policy.
template <model_type Model, precision_policy Precision>
[[nodiscard]] constexpr prediction predict_on_host(const host_figures& f,
                                                   const deployment& how,
                                                   stage_list* stages = nullptr) noexcept {
    using graph = core_graph<Model, Precision>;
    return predict_on_host<graph::size>(graph::list, f, how, stages);
}

/// Seconds of a call with a single batch: in a pipeline threads have to wake up for it.
///
/// \param stages of a pipeline, as predicted with `p`
/// \param spin_seconds that a thread which waits spins before it sleeps
[[nodiscard]] constexpr double alone_seconds(const host_figures& f,
                                             const prediction& p,
                                             const stage_list& stages,
                                             double spin_seconds) noexcept {
    double seconds = 1e-3 * p.unloaded_ms;
    for (int s = 1; s < stages.count; ++s) {
        const bool sleeps = stages.at[s - 1].seconds > spin_seconds;
        seconds += sleeps ? f.sleeping_wake_seconds : f.spinning_wake_seconds;
    }
    return seconds;
}

}  // namespace soma::perf
