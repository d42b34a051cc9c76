// SPDX-License-Identifier: MIT

/// \file
/// Describes and runs the models of models.hpp, for oracle.py to compare.
///
///     oracle list
///     oracle run MODEL PRECISION weights.safetensors in.npy out.npy

#include <cstdint>
#include <exception>
#include <iostream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <soma/io/convert_tensor.hpp>
#include <soma/io/npy.hpp>
#include <soma/io/save_npy.hpp>

#include "digits/model.hpp"
#include "models.hpp"

namespace {

using soma::auto_cast, soma::bf16, soma::fp16, soma::fp32, soma::matmul_cast;
namespace io = soma::io;

struct request {
    std::string_view model, precision;
    std::string weights, in, out;
};

template <class Precision, class Model>
void run_as(const request& wanted) {
    // A batch that no number of samples used here is a multiple of.
    using plan = soma::program<Model, Precision, soma::batch<4>>;
    const io::npy_array in = io::read_npy(wanted.in);
    const std::vector<float> images = io::to_floats(in.entry);
    const std::size_t samples = images.size() / Model::input_shape::size;
    std::vector<float> results(samples * Model::output_shape::size);

    soma::executor<plan> executor{soma::load<Model>(wanted.weights)};
    if (executor.run(images, results) != soma::run_status::done) {
        throw std::runtime_error(wanted.in + ": no whole number of samples");
    }
    constexpr auto& dims = Model::output_shape::dims;
    std::vector<std::int64_t> shape{static_cast<std::int64_t>(samples)};
    shape.insert(shape.end(), dims.begin(), dims.end());
    io::save_npy(wanted.out, shape, results);
}

void print_numbers(std::span<const int> numbers) {
    std::string_view before = "[";
    for (const int n : numbers) {
        std::cout << before << n;
        before = ", ";
    }
    std::cout << "]";
}

/// A model with the precisions it is compiled for.
template <class Model, class... Precisions>
struct entry {
    static void print(std::string_view name) {
        using table = soma::parameter_table<Model>;
        std::cout << "{\"name\": \"" << name << "\", \"input\": ";
        print_numbers(Model::input_shape::dims);
        std::cout << ", \"output\": ";
        print_numbers(Model::output_shape::dims);
        std::cout << ", \"precisions\": [";
        std::string_view before;
        ((std::cout << before << '"' << Precisions::name << '"', before = ", "), ...);
        std::cout << "], \"parameters\": {";
        before = "";
        for (const soma::parameter_spec& spec : table::specs) {
            std::cout << before << '"' << table::name(spec) << "\": ";
            print_numbers(std::span(spec.dims).first(static_cast<std::size_t>(spec.rank)));
            before = ", ";
        }
        std::cout << "}}";
    }

    static bool run(const request& wanted) {
        return ((wanted.precision == Precisions::name && (run_as<Precisions, Model>(wanted), true))
                || ...);
    }
};

struct named_entry {
    std::string_view name;
    void (*print)(std::string_view);
    bool (*run)(const request&);
};

template <class Model, class... Precisions>
constexpr named_entry as(std::string_view name) {
    using e = entry<Model, Precisions...>;
    return {name, &e::print, &e::run};
}

// Every model in FP32 and, since it takes kernels of its own, in BF16; every policy several times.
constexpr named_entry entries[] = {
    as<oracle::strided, fp32, bf16, fp16, matmul_cast<bf16>>("strided"),
    as<oracle::dilated, fp32, bf16, auto_cast<fp16>>("dilated"),
    as<oracle::grouped, fp32, bf16, fp16>("grouped"),
    as<oracle::depthwise, fp32, bf16, fp16, matmul_cast<fp16>>("depthwise"),
    as<oracle::perceptron, fp32, bf16, fp16, auto_cast<bf16>>("perceptron"),
    as<oracle::flattened, fp32, bf16, matmul_cast<fp16>>("flattened"),
    as<oracle::flat_image, fp32, bf16, matmul_cast<bf16>>("flat_image"),
    as<oracle::normalised, fp32, bf16, auto_cast<fp16>>("normalised"),
    as<oracle::activations, fp32, bf16, fp16, matmul_cast<bf16>>("activations"),
    as<oracle::fused_activations, fp32, bf16, auto_cast<bf16>>("fused_activations"),
    as<oracle::pools, fp32, bf16, fp16>("pools"),
    as<oracle::branches, fp32, bf16, auto_cast<bf16>, matmul_cast<fp16>>("branches"),
    as<oracle::residuals, fp32, bf16, matmul_cast<bf16>, auto_cast<fp16>>("residuals"),
    as<oracle::softmaxes, fp32, bf16, auto_cast<bf16>>("softmaxes"),
    as<digits::resnet,
       fp32,
       bf16,
       fp16,
       matmul_cast<bf16>,
       matmul_cast<fp16>,
       auto_cast<bf16>,
       auto_cast<fp16>>("digits"),
};

int list() {
    std::string_view before = "[\n";
    for (const named_entry& e : entries) {
        std::cout << before;
        e.print(e.name);
        before = ",\n";
    }
    std::cout << "\n]\n";
    return 0;
}

int run(const request& wanted) {
    for (const named_entry& e : entries) {
        if (e.name == wanted.model && e.run(wanted)) {
            return 0;
        }
    }
    std::cerr << "oracle: no model " << wanted.model << " in " << wanted.precision << '\n';
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    try {
        if (words.size() == 1 && words[0] == "list") {
            return list();
        }
        if (words.size() == 6 && words[0] == "run") {
            return run({words[1], words[2], words[3], words[4], words[5]});
        }
    } catch (const std::exception& error) {
        std::cerr << "oracle: " << error.what() << '\n';
        return 1;
    }
    std::cerr << "usage: oracle list\n"
                 "       oracle run MODEL PRECISION weights.safetensors in.npy out.npy\n";
    return 2;
}
