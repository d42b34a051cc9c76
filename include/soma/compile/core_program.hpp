// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What a program would do on the cores of an instance: placement, stages, fit, prediction.
///
///     using plan = program<resnet50, bf16, schedule<batch<5>, replicate<4>>, inferentia>;
///     static_assert(plan::fits);
///     static_assert(plan::predicted.latency_ms < 25.0);
///     static_assert(plan::host_nodes == 0);
///
/// Everything here is evaluated when it is named. `fits` of a program that does not fit stops
/// compilation with a sentence; `problem` is the same answer as a value.

#include <cstddef>
#include <type_traits>

#include <soma/base/diagnostic.hpp>
#include <soma/compile/core_graph.hpp>
#include <soma/compile/layer_path.hpp>
#include <soma/compile/placed.hpp>
#include <soma/compile/predict.hpp>
#include <soma/compile/stages.hpp>
#include <soma/compile/target.hpp>
#include <soma/policy/schedule.hpp>

namespace soma {

namespace detail {

/// The numbers that `Schedule` stands for.
template <class Schedule>
inline constexpr deployment deployment_of{.batch = Schedule::batch_size,
                                          .pipeline_cores = stages_of<Schedule>,
                                          .copies = Schedule::copies,
                                          .static_weights = wants_static_weights<Schedule>};

struct stages_and_prediction {
    stage_list stages;
    prediction predicted;
};

/// The first operator of the stage that does not fit.
template <class Model>
[[nodiscard]] constexpr diagnostic stage_start(const prediction& p) noexcept {
    diagnostic found;
    if (p.problem_operation >= 0) {
        const node& n = lowered<Model>::data.nodes[p.problem_operation];
        found.layer.append(layer_path(lowered<Model>::names, n.name).view());
        if (n.name.leaf.empty()) {
            found.layer.append(found.layer.size > 0 ? "." : "").append(name(n.kind));
        }
    }
    return found;
}

}  // namespace detail

/// `Model` on `Instance`; `places` and `summary` say where each operation runs.
template <class Model, class Precision, class Schedule, const instance& Instance>
struct core_program : placed<Model, Precision, Schedule, Instance> {
    using placement = placed<Model, Precision, Schedule, Instance>;
    using graph = core_graph<Model, Precision>;

    /// Operators on cores and on the host.
    static constexpr int core_nodes = placement::summary.core_nodes;
    static constexpr int host_nodes = placement::summary.host_nodes;

private:
    static constexpr auto evaluated = [] {
        detail::stages_and_prediction both;
        both.predicted =
            predict<graph::size>(graph::list, placement::places, placement::summary, Instance,
                                 detail::deployment_of<Schedule>, calibrated, &both.stages);
        return both;
    }();

public:
    /// What the cost model says, marked so wherever it is printed.
    static constexpr const prediction& predicted = evaluated.predicted;
    static constexpr const stage_list& stages = evaluated.stages;

private:
    static constexpr diagnostic stage_fault = detail::stage_start<Model>(predicted);

public:
    /// The type that spells why the program does not fit; `no_fault` if it does.
    [[nodiscard]] static consteval auto reason() {
        constexpr prediction p = predicted;
        if constexpr (p.problem == misfit::static_weights) {
            using where = decltype(detail::spell<layer, stage_fault, &diagnostic::layer>());
            return std::type_identity<stage_weights_exceed_core_memory<
                stage<p.problem_stage>, begins_at<where>, needs_bytes<p.needed>,
                core_has_bytes<p.available>>>{};
        } else if constexpr (p.problem == misfit::cores) {
            return std::type_identity<
                program_exceeds_instance<needs_cores<p.needed>, instance_has_cores<p.available>>>{};
        } else if constexpr (p.problem == misfit::stages) {
            return std::type_identity<
                pipeline_has_too_many_cores<got<p.needed>, at_most<p.available>>>{};
        } else if constexpr (p.problem == misfit::device_memory) {
            return std::type_identity<program_exceeds_device_memory<needs_bytes<p.needed>,
                                                                    chip_has_bytes<p.available>>>{};
        } else {
            return std::type_identity<no_fault>{};
        }
    }

    /// Why the program does not fit; `misfit::none` if it does.
    static constexpr misfit problem = predicted.problem;

    /// True; a program that does not fit says why instead.
    static constexpr bool fits =
        sizeof(require<typename decltype(reason())::type>) > 0 && problem == misfit::none;
};

namespace detail {

/// What a program gains by its target: nothing for an instruction set.
template <class Model, class Precision, class Schedule, class Target>
struct on_target {};

/// Weights that cannot stay on chip although they must are an error as soon as the program is
/// named.
template <bool Refuses, class Program>
struct must_fit {};
template <class Program>
struct must_fit<true, Program> : require<typename decltype(Program::reason())::type> {};

template <class Model, class Precision, class Schedule, const instance& Instance, class Isa>
struct on_target<Model, Precision, Schedule, on<Instance, Isa>>
    : core_program<Model, Precision, Schedule, Instance>,
      must_fit<wants_static_weights<Schedule>, core_program<Model, Precision, Schedule, Instance>> {
};

}  // namespace detail

}  // namespace soma
