// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// The networks that are served, each under three schedules, without their types.

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <soma/runtime/device/device.hpp>

namespace serve_many {

/// The schedules, as they are spelled in C++: one core a batch; two cores in a row; two cores side
/// by side.
inline constexpr std::array<std::string_view, 3> schedules{"batch<8>", "batch<4>, pipeline<2>",
                                                           "batch<4>, replicate<2>"};

/// A network with weights.
struct network {
    std::string_view name;
    /// Loads it under `schedules[schedule]`.
    std::function<soma::model_handle(soma::device&, std::size_t schedule, soma::load_options)> load;
    std::vector<float> samples;  ///< that clients send, one behind the other
};

/// What is there by name; weights are read or made when asked for.
struct known_network {
    std::string_view name;
    std::string_view about;
    network (*make)();
};

/// `program<Model, bf16, ...>` with all `schedules`.
template <soma::model_type Model>
[[nodiscard]] network make_network(std::string_view name,
                                   const soma::weights<Model>& trained,
                                   std::vector<float> samples) {
    using namespace soma;
    using batched = program<Model, bf16, batch<8>>;
    using pipelined = program<Model, bf16, schedule<batch<4>, pipeline<2>>>;
    using replicated = program<Model, bf16, schedule<batch<4>, replicate<2>>>;
    return {.name = name,
            .load =
                [trained](device& on, std::size_t schedule, load_options options) {
                    return schedule == 0   ? on.load<batched>(trained, std::move(options))
                           : schedule == 1 ? on.load<pipelined>(trained, std::move(options))
                                           : on.load<replicated>(trained, std::move(options));
                },
            .samples = std::move(samples)};
}

[[nodiscard]] network digits_network();
[[nodiscard]] network resnet20_network();
[[nodiscard]] network resnet18_network();

inline constexpr std::array<known_network, 3> known_networks{
    {{"digits", "8x8 handwritten digits, trained", digits_network},
     {"resnet20", "32x32 pictures in colour, seeded weights", resnet20_network},
     {"resnet18", "224x224 pictures in colour, seeded weights", resnet18_network}}};

}  // namespace serve_many
