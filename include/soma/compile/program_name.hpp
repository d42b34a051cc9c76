// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// How a program is told from others of its model: `bf16, batch 4, copies 2`.

#include <soma/base/text.hpp>
#include <soma/policy/schedule.hpp>

namespace soma {

/// Batch and copies; then, where there are several, the cores that share a pass and the stages.
template <schedule_policy Schedule>
inline constexpr text<80> schedule_name = [] {
    text<80> name;
    name.append("batch ").append(Schedule::batch_size);
    name.append(", copies ").append(Schedule::copies);
    if (cores_of<Schedule> > 1) {
        name.append(", cores ").append(cores_of<Schedule>);
    }
    if (stages_of<Schedule> > 1) {
        name.append(", stages ").append(stages_of<Schedule>);
    }
    return name;
}();

/// The name of the precision policy, then that of the schedule.
template <class Program>
inline constexpr text<128> program_name = [] {
    text<128> name(Program::precision_type::name);
    name.append(", ").append(schedule_name<typename Program::schedule_type>.view());
    return name;
}();

}  // namespace soma
