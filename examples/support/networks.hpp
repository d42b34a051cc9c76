// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Networks by their names, as operations: what a program needs to predict any of them.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <soma/compile/formats.hpp>
#include <soma/hardware/operation.hpp>

#include "support/precisions.hpp"

namespace examples {

/// Most operations of any of the networks: the `Capacity` of `soma::predict`.
inline constexpr int most_operations = 512;

/// What a network asks for one sample.
struct network_operations {
    std::vector<soma::operation> operations;
    std::size_t input_bytes = 0, output_bytes = 0;

    [[nodiscard]] soma::operation_list list() const noexcept {
        return {operations.data(), static_cast<int>(operations.size()), input_bytes, output_bytes};
    }
};

/// A network of the zoo.
struct network {
    std::string_view name;     ///< `resnet50`, `bert_base_s128`
    std::string_view spelled;  ///< in C++: `zoo::resnet<50>`
    std::string_view header;   ///< that it is from: `soma/model/zoo/resnet.hpp`
    network_operations (*make)(const soma::formats_of_policy&);

    [[nodiscard]] network_operations operations(const precision_choice& precision) const {
        return make(precision.formats);
    }
};

[[nodiscard]] std::span<const network> networks();
[[nodiscard]] std::optional<network> find_network(std::string_view name);

/// What may stand where a name was not found: `expected one of resnet18, ...`.
[[nodiscard]] std::string expected_network();
[[nodiscard]] std::string expected_instance();

}  // namespace examples
