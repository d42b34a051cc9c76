// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Models on NeuronCore groups: which cores and chips each takes, and what sharing one costs.

#include <string>
#include <string_view>
#include <vector>

#include <soma/hardware/groups.hpp>

#include "request.hpp"

namespace plan {

/// A model on its group.
struct placed_model {
    std::string name;
    soma::loaded_model loaded;
    int group = 0;
    double switch_ms = 0;  ///< predicted; 0 where no other model shares the group
};

struct group_plan {
    const soma::instance* where = nullptr;
    std::string precision;
    int batch = 1;
    soma::group_list groups;
    soma::group_load load;
    std::vector<placed_model> models;
};

/// Loads the models of `typed`, one or several separated by commas, on its groups: one model on
/// each of them, several in order on the groups that have the fewest.
///
/// Throws `bad_input` for groups that the instance does not have and models larger than theirs.
[[nodiscard]] group_plan examine_groups(const arguments& typed);

[[nodiscard]] std::string text_of(const group_plan& plan);
[[nodiscard]] std::string json_of(const group_plan& plan);

}  // namespace plan
