// SPDX-License-Identifier: MIT

/// \file
/// Writes a model's synthetic weights, and images, for both sides of the comparison to read.
///
///     synthetic_MODEL SEED IMAGES weights.safetensors images.npy

#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <span>
#include <string>
#include <vector>

#include <soma/io/save_npy.hpp>
#include <soma/perf/synthetic.hpp>
#include <soma/runtime/weights/save.hpp>

#include "model.hpp"

int main(int argc, char** argv) {
    if (argc != 5) {
        std::cerr << "usage: synthetic_MODEL SEED IMAGES weights.safetensors images.npy\n";
        return 2;
    }
    try {
        using shape = parity::model::input_shape;
        const std::uint64_t seed = std::stoull(argv[1]);
        const std::size_t count = std::stoul(argv[2]);
        soma::save(argv[3], soma::perf::synthetic_parameters<parity::model>(seed));
        std::vector<float> images(count * shape::size);
        for (std::size_t i = 0; i < count; ++i) {
            // A seed for each, so that image 3 is the same one however many there are.
            soma::perf::synthetic_images(std::span(images).subspan(i * shape::size, shape::size),
                                         seed + i);
        }
        std::vector<std::int64_t> dims{static_cast<std::int64_t>(count)};
        dims.insert(dims.end(), shape::dims.begin(), shape::dims.end());
        soma::io::save_npy(argv[4], dims, images);
    } catch (const std::exception& error) {
        std::cerr << "synthetic: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
