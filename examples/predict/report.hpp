// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// What `predict` found out, for a person and for a program.

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "predict/experiment.hpp"

namespace published {

struct report {
    std::vector<outcome> outcomes;
    std::vector<outcome> left_out;  ///< the same rows, predicted without themselves
    std::optional<fitted> fit;      ///< where one was asked for
    std::vector<outcome> refitted;  ///< the rows, predicted with it
};

void print(std::ostream& out, const report& r);

[[nodiscard]] std::string json_of(const report& r);

}  // namespace published
