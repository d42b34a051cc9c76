// SPDX-License-Identifier: MIT

/// \file
/// Runs images through one model under one precision, with every schedule in turn.
///
///     logits_MODEL_PRECISION weights.safetensors images.npy out-
///
/// writes out-0.npy, out-1.npy, ... and prints the schedules' names, a line each.

#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include <soma/io/convert_tensor.hpp>
#include <soma/io/npy.hpp>
#include <soma/io/save_npy.hpp>
#include <soma/soma.hpp>

#include "model.hpp"

namespace {

using namespace soma;

using precision_type = PARITY_PRECISION;

/// What a precision's results may not depend on; the name is what the report calls it.
template <class Schedule>
struct named {
    using schedule = Schedule;
    const char* name;
};

template <class... Schedules>
void run_each(const std::string& weights_file,
              const std::string& images_file,
              const std::string& out,
              named<Schedules>... schedules) {
    const weights<parity::model> trained = load<parity::model>(weights_file);
    const io::npy_array file = io::read_npy(images_file);
    const std::vector<float> images = io::to_floats(file.entry);
    const std::size_t count = images.size() / parity::model::input_shape::size;
    int number = 0;
    const auto run_one = [&](auto schedule) {
        using plan = program<parity::model, precision_type, typename decltype(schedule)::schedule>;
        std::vector<float> logits(count * parity::model::output_shape::size);
        executor<plan> run{trained};
        if (run.run(images, logits) != run_status::done) {
            throw std::runtime_error(images_file + ": no whole number of images");
        }
        io::save_npy(std::string(out).append(std::to_string(number++)).append(".npy"),
                     {static_cast<std::int64_t>(count), parity::model::output_shape::size}, logits);
        std::cout << schedule.name << '\n';
    };
    (run_one(schedules), ...);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::cerr << "usage: logits_MODEL_PRECISION weights.safetensors images.npy out-\n";
        return 2;
    }
    try {
        run_each(argv[1], argv[2], argv[3], named<batch<1>>{"batch<1>"},
                 named<schedule<batch<4>, replicate<2>>>{"schedule<batch<4>, replicate<2>>"},
                 named<tensor_parallel<2>>{"tensor_parallel<2>"});
    } catch (const std::exception& error) {
        std::cerr << "logits: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
