// SPDX-License-Identifier: MIT
#include <soma/policy/placement.hpp>

using namespace soma;

namespace {

/// A policy of a user's own that asks for a longer segment.
struct long_segments {
    static constexpr int batch_size = 3;
    static constexpr int copies = 1;
    static constexpr int least_segment = 9;
};

using careful = schedule<batch<4>, on_host<"fc", "layer1.0">, min_segment<3>, require_all_on_core>;

}  // namespace

static_assert(schedule_policy<require_all_on_core> && schedule_policy<on_host<"fc">>
              && schedule_policy<min_segment<1>>);
static_assert(samples_per_run<careful> == 4 && cores_of<careful> == 1,
              "where operators run does not change how many samples do");

static_assert(wants_all_on_core<careful> && wants_all_on_core<require_all_on_core>);
static_assert(!wants_all_on_core<schedule<>> && !wants_all_on_core<batch<2>>
              && !wants_all_on_core<schedule<batch<2>, min_segment<1>>>);

static_assert(min_segment_of<careful> == 3 && min_segment_of<min_segment<1>> == 1);
static_assert(min_segment_of<schedule<>> == 2 && min_segment_of<batch<2>> == 2);
static_assert(min_segment_of<long_segments> == 9);

static_assert(host_path_count<careful> == 2 && host_path<careful>(0) == "fc"
              && host_path<careful>(1) == "layer1.0");
static_assert(host_path_count<on_host<"fc">> == 1 && host_path<on_host<"fc">>(0) == "fc");
static_assert(host_path_count<on_host<>> == 0 && host_path_count<schedule<batch<2>>> == 0);
