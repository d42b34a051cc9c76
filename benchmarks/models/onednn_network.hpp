// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// A network as a list of steps for the chain of oneDNN primitives: what the driver writes.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// A step; tensor 0 is the input, tensor `i + 1` the result of step `i`. Images are square.
struct network_step {
    std::string kind;  ///< conv, linear, maxpool, avgpool
    int source = 0;
    int residual = -1;  ///< added before the activation; overwritten by the result
    int in_c = 0, in_size = 0;
    int out_c = 0, out_size = 0;
    int window = 1, stride = 1, pad = 0;
    bool relu = false;
    std::size_t weights = 0, bias = 0;  ///< positions in `network::parameters`, in floats
};

/// Steps and parameters, normalisations folded into the convolutions before them.
struct network {
    std::vector<network_step> steps;
    std::vector<float> parameters;
};

/// Reads PATH.txt, a step per line in the order of the members above, and PATH.bin, the parameters;
/// throws `std::runtime_error` when they make no sense.
[[nodiscard]] network read_network(const std::string& path);

}  // namespace bench
