// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The models that are loaded, with the results that their requests must have.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <soma/runtime/device/device.hpp>

#include "ledger.hpp"

namespace soak {

/// Samples that requests are runs of, and what one executor makes of them one by one.
struct answers {
    static constexpr std::size_t samples = 48;
    std::vector<float> in;
    std::vector<float> out;
    std::size_t inputs = 1;
    std::size_t outputs = 1;
};

/// A first value for which the functions before a model throw.
inline constexpr float poison = 1.0e30F;

/// A program with weights that can be loaded again and again.
struct kind {
    std::string name;
    std::shared_ptr<const answers> right;
    bool passes_nan = false;  ///< a NaN in a sample is one in its result
    std::function<soma::model_handle(soma::device&, const std::string& name)> load;
};

/// Several schedules of a convolutional network, and a linear layer; all look for NaN.
[[nodiscard]] std::vector<kind> make_kinds();

/// One loaded model and the clients' account of it. Lives until the last client lets go of it.
struct target {
    const kind* of;
    soma::model_handle model;
    ledger account{};
    std::atomic<bool> leaving{false};  ///< its requests may be cancelled and refused from now on

    target(const kind& which, soma::model_handle loaded) : of(&which), model(std::move(loaded)) {}
};

}  // namespace soak
