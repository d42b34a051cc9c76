// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// One model in one precision under a list of schedules as a program of its own.
///
///     PROGRAM weights FILE SEED          writes synthetic weights as safetensors
///     PROGRAM images FILE SEED COUNT     writes synthetic images as float32, channels first
///     PROGRAM serve SCHEDULE WEIGHTS IMAGES    answers the commands of serve.hpp

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <soma/perf/synthetic.hpp>
#include <soma/runtime/weights/save.hpp>
#include <soma/soma.hpp>
#include <soma/tensor/aligned_buffer.hpp>

#include "models/layer_profile.hpp"
#include "models/read_floats.hpp"
#include "models/serve.hpp"

namespace bench {

/// A schedule and how the driver calls it.
template <class Schedule>
struct named_schedule {
    using type = Schedule;
    std::string_view name;
};

/// Multiply-adds of one sample, twice: padding taps counted, and left out.
template <class Program>
struct program_flops {
    static constexpr double nominal = 2.0 * static_cast<double>(Program::work.macs);
    static constexpr double useful = [] {
        double total = 0.0;
        for (const soma::plan_node& n : Program::nodes) {
            total += useful_flops(n);
        }
        return total;
    }();
};

template <class Program>
[[nodiscard]] int serve_program(const std::string& weights_path, const std::string& images_path) {
    using model_type = typename Program::model_type;
    using executor = soma::executor<Program>;
    const auto samples = static_cast<std::size_t>(Program::samples);
    // What the file holds is not kept: memory is measured, too.
    executor engine(soma::load<model_type>(weights_path));
    const std::vector<float> images = read_floats(images_path, samples * executor::sample_inputs);
    std::vector<float> output(samples * executor::sample_outputs);

    contestant who;
    who.description = {{"isa", soma::simd::native::name},
                       {"samples", samples},
                       {"nominal_flops", program_flops<Program>::nominal},
                       {"useful_flops", program_flops<Program>::useful},
                       {"packed_bytes", engine.packed_weights().size()},
                       {"arena_bytes", engine.arena_bytes()}};
    who.run = [&] { static_cast<void>(engine.run(images, output)); };
    who.output = [&] { return std::span<const float>(output); };
    who.measure = [&](int passes) {
        return profile_layers<Program>(soma::load<model_type>(weights_path), images.data(), passes);
    };
    return serve(who);
}

template <soma::model_type Model>
void write_weights(const std::string& path, std::uint64_t seed) {
    soma::save(path, soma::perf::synthetic_parameters<Model>(seed));
}

template <soma::model_type Model>
void write_images(const std::string& path, std::uint64_t seed, std::size_t count) {
    std::vector<float> pixels(count * Model::input_shape::size);
    soma::perf::synthetic_images(pixels, seed);
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(pixels.data()),
               static_cast<std::streamsize>(pixels.size() * sizeof(float)));
    file.close();
    if (!file) {
        throw std::runtime_error("cannot write " + path);
    }
}

/// The program's `main`.
template <soma::model_type Model, class Precision, class... Schedules>
[[nodiscard]] int run_command(std::span<char*> arguments, named_schedule<Schedules>... schedules) {
    const auto text = [&](std::size_t i) { return std::string(arguments[i]); };
    try {
        if (arguments.size() == 4 && text(1) == "weights") {
            write_weights<Model>(text(2), std::stoull(text(3)));
            return 0;
        }
        if (arguments.size() == 5 && text(1) == "images") {
            write_images<Model>(text(2), std::stoull(text(3)), std::stoull(text(4)));
            return 0;
        }
        if (arguments.size() == 5 && text(1) == "serve") {
            int status = 2;
            const bool found =
                (...
                 || (schedules.name == text(2)
                     && (status = serve_program<soma::program<Model, Precision, Schedules>>(
                             text(3), text(4)),
                         true)));
            if (!found) {
                std::cerr << "error: this program was not built with schedule " << text(2) << '\n';
            }
            return status;
        }
        std::cerr << "usage: weights FILE SEED | images FILE SEED COUNT | "
                     "serve SCHEDULE WEIGHTS IMAGES\n";
    } catch (const std::exception& fault) {
        std::cerr << "error: " << fault.what() << '\n';
    }
    return 2;
}

}  // namespace bench
