// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Schedule policies: how many samples run at once, on how many copies of a program, each on how
/// many cores.
///
/// | policy                   | meaning                                                           |
/// |--------------------------|-------------------------------------------------------------------|
/// | `batch<N>`               | the compiled batch size: N samples share each read of the weights |
/// | `replicate<Copies>`      | Copies programs run side by side over one set of packed weights   |
/// | `tensor_parallel<Cores>` | Cores cores share the work of each node of a program              |
/// | `pipeline<Cores>`        | Cores cores take a stage of consecutive nodes each; a request     |
/// |                          | passes through all of them                                        |
/// | `static_weights`         | a program whose weights cannot all stay in the cores' on-chip     |
/// |                          | memory does not compile                                           |
/// | `schedule<...>`          | any of these, in any order, each at most once                     |
///
/// `pipeline` and `tensor_parallel` both say what several cores do for one request, so a schedule
/// has one or the other.
///
/// A policy speaks for one *axis*. A new way of using cores is a new axis: one empty type here,
/// one pass in `compile/`; the executor only reads the numbers.

#include <concepts>
#include <type_traits>

#include <soma/base/diagnostic.hpp>

namespace soma {

/// An empty type that says how many samples a copy takes and how many copies there are. It may say
/// more - `cores`, `grain`, `cache_bytes`, `pipeline_cores`, `weights_stay_on_chip` -, which
/// `cores_of`, `grain_of`, `cache_bytes_of`, `stages_of` and `wants_static_weights` read; they know
/// what holds where it does not.
template <class T>
concept schedule_policy = std::is_empty_v<T> && requires {
    { T::batch_size } -> std::convertible_to<int>;
    { T::copies } -> std::convertible_to<int>;
};

/// A schedule policy that speaks for one axis and can stand beside policies for others.
template <class T>
concept composable_schedule_policy = schedule_policy<T> && requires { typename T::axis; };

namespace axes {
struct batch;
struct copies;
struct cores;
struct weights;
}  // namespace axes

namespace detail {

/// Larger counts are mistakes: they overflow a tensor's extents before they help anyone.
inline constexpr int largest_count = 65'536;

/// The cores of the largest instance with a chain of chips (inf1.24xlarge), which one pipeline can
/// span.
inline constexpr int longest_pipeline = 64;

template <class Policy, int Count>
struct valid_stages
    : require<
          fault_if<(Count<1 || Count> longest_pipeline),
                   wrong_schedule<policy<Policy>,
                                  expected<fixed_string{"at least 1"}, fixed_string{"at most 64"}>,
                                  got<Count>>>> {
    static constexpr int value = Count;
};

template <class Policy, int Count>
struct valid_count
    : require<fault_if<
          (Count<1 || Count> largest_count),
          wrong_schedule<policy<Policy>,
                         expected<fixed_string{"at least 1"}, fixed_string{"at most 65536"}>,
                         got<Count>>>> {
    static constexpr int value = Count;
};

}  // namespace detail

/// One copy takes `Size` samples at a time: together through layers whose weights are large, a few
/// at a time through layers whose activations are.
template <int Size>
struct batch {
    using axis = axes::batch;
    static constexpr int batch_size = detail::valid_count<batch, Size>::value;
    static constexpr int copies = 1;
};

/// `Copies` programs, a thread each, share one set of packed weights.
template <int Copies>
struct replicate {
    using axis = axes::copies;
    static constexpr int batch_size = 1;
    static constexpr int copies = detail::valid_count<replicate, Copies>::value;
};

/// `Cores` threads compute one request: each node is cut into chunks that they share.
///
/// \tparam Grain the least work of a chunk in nanoseconds, as `compile/split.hpp` estimates it; 0
/// leaves it to that pass. Smaller chunks wait less for a busy core and cost more to hand out.
template <int Cores, int Grain = 0>
struct tensor_parallel {
    using axis = axes::cores;
    static constexpr int batch_size = 1;
    static constexpr int copies = 1;
    static constexpr int cores = detail::valid_count<tensor_parallel, Cores>::value;
    static constexpr int grain = Grain;
};

/// A copy is cut into `Cores` stages, a core each, that work on requests one behind the other.
template <int Cores>
struct pipeline {
    using axis = axes::cores;
    static constexpr int batch_size = 1;
    static constexpr int copies = 1;
    static constexpr int pipeline_cores = detail::valid_stages<pipeline, Cores>::value;
};

/// All weights stay in the on-chip memory of the cores, or the program does not compile.
struct static_weights {
    using axis = axes::weights;
    static constexpr int batch_size = 1;
    static constexpr int copies = 1;
    static constexpr bool weights_stay_on_chip = true;
};

/// Cores that share each node of a copy of `Schedule`; a stage of a pipeline has one.
template <schedule_policy Schedule>
inline constexpr int cores_of = [] {
    if constexpr (requires { Schedule::cores; }) {
        return int{Schedule::cores};
    } else {
        return 1;
    }
}();

/// The least work of a chunk that `Schedule` asks for, in nanoseconds; 0 where it does not care.
template <schedule_policy Schedule>
inline constexpr int grain_of = [] {
    if constexpr (requires { Schedule::grain; }) {
        return int{Schedule::grain};
    } else {
        return 0;
    }
}();

/// The bytes of activations that `Schedule` expects a core to find again in its own cache; 0 where
/// it leaves that to the pass that groups samples.
template <schedule_policy Schedule>
inline constexpr int cache_bytes_of = [] {
    if constexpr (requires { Schedule::cache_bytes; }) {
        return int{Schedule::cache_bytes};
    } else {
        return 0;
    }
}();

/// Stages of a copy of `Schedule`, each on a core of its own.
template <schedule_policy Schedule>
inline constexpr int stages_of = [] {
    if constexpr (requires { Schedule::pipeline_cores; }) {
        return int{Schedule::pipeline_cores};
    } else {
        return 1;
    }
}();

/// Whether `Schedule` insists on weights that stay on chip.
template <schedule_policy Schedule>
inline constexpr bool wants_static_weights = [] {
    if constexpr (requires { Schedule::weights_stay_on_chip; }) {
        return bool{Schedule::weights_stay_on_chip};
    } else {
        return false;
    }
}();

namespace detail {

template <class T>
concept names_axis = requires { typename T::axis; };

/// How many of `Policies` speak for the axis of `Policy`.
template <class Policy, class... Policies>
consteval int axis_uses() {
    return (0 + ... + (std::same_as<typename Policy::axis, typename Policies::axis> ? 1 : 0));
}

template <class Schedule, class... Policies>
struct one_per_axis {
    static_assert((sizeof(require<fault_if<axis_uses<Policies, Policies...>() != 1,
                                           wrong_schedule<policy<Policies>,
                                                          expected<fixed_string{"once"}>,
                                                          got_type<Schedule>>>>)
                   + ... + 1)
                  > 0);
};

template <class Policy, bool = composable_schedule_policy<Policy>>
struct must_compose {};
template <class Policy>
struct must_compose<Policy, false>
    : require<wrong_schedule<policy<Policy>,
                             expected<fixed_string{"axis, batch_size, copies as members"}>,
                             got_type<Policy>>> {};

template <bool AllCompose, class Schedule, class... Policies>
struct checked_schedule : must_compose<Policies>... {
    static constexpr int batch_size = 1;
    static constexpr int copies = 1;
    static constexpr int cores = 1;
    static constexpr int grain = 0;
    static constexpr int cache_bytes = 0;
    static constexpr int pipeline_cores = 1;
    static constexpr bool weights_stay_on_chip = false;
};
template <class Schedule, class... Policies>
struct checked_schedule<true, Schedule, Policies...> : one_per_axis<Schedule, Policies...> {
    static constexpr int batch_size = (1 * ... * Policies::batch_size);
    static constexpr int copies = (1 * ... * Policies::copies);
    static constexpr int cores = (1 * ... * cores_of<Policies>);
    static constexpr int grain = (0 + ... + grain_of<Policies>);
    static constexpr int cache_bytes = (0 + ... + cache_bytes_of<Policies>);
    static constexpr int pipeline_cores = (1 * ... * stages_of<Policies>);
    static constexpr bool weights_stay_on_chip = (false || ... || wants_static_weights<Policies>);
};

}  // namespace detail

/// Several policies at once, in any order; one axis may be spoken for only once.
template <class... Policies>
struct schedule : detail::checked_schedule<(composable_schedule_policy<Policies> && ...),
                                           schedule<Policies...>,
                                           Policies...> {};

/// Samples that one run of `Schedule` takes.
template <schedule_policy Schedule>
inline constexpr int samples_per_run = Schedule::batch_size * Schedule::copies;

/// Cores that one run of `Schedule` keeps busy.
template <schedule_policy Schedule>
inline constexpr int cores_per_run = Schedule::copies * cores_of<Schedule> * stages_of<Schedule>;

static_assert(schedule_policy<pipeline<4>> && schedule_policy<static_weights>);
static_assert(samples_per_run<schedule<>> == 1);
static_assert(samples_per_run<schedule<batch<4>, replicate<2>>> == 8);
static_assert(samples_per_run<schedule<replicate<2>, batch<4>>> == 8);
static_assert(cores_per_run<schedule<replicate<2>, pipeline<3>, batch<4>>> == 6);

}  // namespace soma
