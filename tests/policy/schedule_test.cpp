// SPDX-License-Identifier: MIT
#include <concepts>

#include <soma/hardware/prediction.hpp>
#include <soma/policy/schedule.hpp>

using namespace soma;

namespace {

template <class S, int Batch, int Copies>
concept counts = schedule_policy<S> && S::batch_size == Batch && S::copies == Copies
                 && samples_per_run<S> == Batch * Copies;

template <class S, int Cores, int Grain = 0>
concept splits = schedule_policy<S> && cores_of<S> == Cores && grain_of<S> == Grain;

template <class S, int Stages, bool Static = false>
concept stages = schedule_policy<S> && stages_of<S> == Stages && wants_static_weights<S> == Static;

/// A policy of a user's own, on an axis of its own.
struct overlapped {
    using axis = overlapped;
    static constexpr int batch_size = 1;
    static constexpr int copies = 1;
};
struct without_axis {
    static constexpr int batch_size = 3;
    static constexpr int copies = 2;
};
struct with_state : without_axis {
    int state = 0;
};

}  // namespace

static_assert(counts<batch<1>, 1, 1> && counts<batch<5>, 5, 1> && counts<batch<65'536>, 65'536, 1>);
static_assert(counts<replicate<1>, 1, 1> && counts<replicate<7>, 1, 7>);

static_assert(counts<tensor_parallel<3>, 1, 1> && splits<tensor_parallel<3>, 3>);
static_assert(splits<tensor_parallel<2, 500>, 2, 500> && splits<tensor_parallel<1>, 1>);

static_assert(counts<schedule<>, 1, 1>);
static_assert(counts<schedule<batch<4>>, 4, 1>);
static_assert(counts<schedule<replicate<3>>, 1, 3>);
static_assert(counts<schedule<batch<4>, replicate<3>>, 4, 3>);
static_assert(counts<schedule<replicate<3>, batch<4>>, 4, 3>, "order does not matter");
static_assert(counts<schedule<replicate<3>, overlapped, batch<4>>, 4, 3>);

static_assert(counts<schedule<tensor_parallel<2>, batch<4>, replicate<3>>, 4, 3>
              && splits<schedule<tensor_parallel<2, 70>, batch<4>, replicate<3>>, 2, 70>);
static_assert(splits<schedule<>, 1> && splits<schedule<batch<4>, overlapped>, 1>
                  && splits<without_axis, 1>,
              "who says nothing of cores has one");

// Stages are no cores that share a node.
static_assert(counts<pipeline<4>, 1, 1> && splits<pipeline<4>, 1> && stages<pipeline<4>, 4>);
static_assert(stages<pipeline<1>, 1> && stages<pipeline<64>, 64>);
static_assert(stages<tensor_parallel<3>, 1> && stages<schedule<>, 1> && stages<without_axis, 1>
              && stages<schedule<tensor_parallel<3>, batch<2>>, 1>);
static_assert(stages<schedule<batch<4>, pipeline<3>, replicate<5>>, 3>
              && counts<schedule<batch<4>, pipeline<3>, replicate<5>>, 4, 5>
              && splits<schedule<batch<4>, pipeline<3>, replicate<5>>, 1>);

static_assert(counts<static_weights, 1, 1> && stages<static_weights, 1, true>);
static_assert(stages<schedule<static_weights, pipeline<16>, batch<2>>, 16, true>
              && counts<schedule<static_weights, pipeline<16>, batch<2>>, 2, 1>);
static_assert(stages<schedule<pipeline<16>, overlapped, batch<2>>, 16, false>);
static_assert(composable_schedule_policy<pipeline<2>>
              && composable_schedule_policy<static_weights>);
static_assert(detail::longest_pipeline == max_stages, "policies know no hardware");

// Anything with the two numbers schedules a program; composing takes an axis as well.
static_assert(counts<without_axis, 3, 2> && !composable_schedule_policy<without_axis>);
static_assert(composable_schedule_policy<batch<2>> && composable_schedule_policy<overlapped>);
static_assert(!composable_schedule_policy<schedule<batch<2>>>, "a schedule is no part of another");
static_assert(!schedule_policy<with_state> && !schedule_policy<int>);
