// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Weights that every program which asks for them has the same of.

#include <memory>

#include <soma/perf/synthetic.hpp>
#include <soma/runtime/weights/weights.hpp>

namespace bench {

template <soma::model_type Model>
[[nodiscard]] soma::parameters<Model> seeded_parameters() {
    return soma::perf::synthetic_parameters<Model>(1);
}

template <soma::model_type Model>
[[nodiscard]] std::shared_ptr<const soma::weights<Model>> seeded_weights() {
    return std::make_shared<const soma::weights<Model>>(seeded_parameters<Model>());
}

}  // namespace bench
