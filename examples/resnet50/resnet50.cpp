// SPDX-License-Identifier: MIT

/// \file
/// Says what an image shows: ResNet-50 with torchvision's weights, in any precision.
///
///     resnet50 photo.jpg --weights resnet50.safetensors --labels classes.txt --precision bf16
///
/// Ends with 0, or with 2 if the files or the arguments make no sense.

#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <unistd.h>

#include <CLI/CLI.hpp>

#include <soma/io/load_error.hpp>
#include <soma/perf/resident_memory.hpp>
#include <soma/perf/statistics.hpp>
#include <soma/perf/synthetic.hpp>
#include <soma/runtime/weights/save.hpp>

#include "classify.hpp"
#include "decode.hpp"
#include "labels.hpp"
#include "preprocess.hpp"
#include "report.hpp"

namespace {

using namespace resnet50;

constexpr std::uint64_t seed = 1;

/// The command line.
struct options {
    std::string image, weights, labels, json, save_weights;
    std::string precision = "fp32";
    std::size_t top = 5;
    int repeat = 1;
};

/// The picture this example comes with: in the sources, or beside the program.
std::string default_image() {
    namespace fs = std::filesystem;
    std::error_code ignored;
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    for (const fs::path& folder :
         {fs::path(SOMA_PROGRAM_DIR) / "data", program / "data", program / "resnet50" / "data"}) {
        if (fs::exists(folder / "still_life.png", ignored)) {
            return (folder / "still_life.png").string();
        }
    }
    return "still_life.png";
}

/// Reads the command line; throws `bad_input`, or `CLI::CallForHelp` when asked for help.
options read_arguments(int argc, char** argv, CLI::App& app) {
    options chosen;
    chosen.image = default_image();
    app.add_option("image", chosen.image, "PNG, JPEG or binary PPM")->capture_default_str();
    app.add_option("--weights", chosen.weights,
                   "parameters, .safetensors, as export_torchvision.py writes them (default: "
                   "synthetic ones from a seed)");
    app.add_option("--labels", chosen.labels, "names of the classes, one a line");
    app.add_option("--precision", chosen.precision,
                   "fp32, fp16, bf16, matmul_cast<...> or auto_cast<...> of fp16 or bf16")
        ->capture_default_str();
    app.add_option("--top", chosen.top, "how many classes to show")->capture_default_str();
    app.add_option("--repeat", chosen.repeat, "how many runs to take the time of")
        ->capture_default_str();
    app.add_option("--json", chosen.json, "write the answer to this file, too");
    app.add_option("--save-weights", chosen.save_weights,
                   "write the synthetic weights to this file, .safetensors");
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        throw;
    } catch (const CLI::ParseError& error) {
        throw bad_input(error.what());
    }
    if (chosen.top < 1 || chosen.top > classes) {
        throw bad_input(
            std::string("--top: expected a number from 1 to ").append(std::to_string(classes)));
    }
    if (chosen.repeat < 1 || chosen.repeat > 1'000'000) {
        throw bad_input("--repeat: expected a number from 1 to 1000000");
    }
    if (!chosen.weights.empty() && !chosen.save_weights.empty()) {
        throw bad_input("--save-weights: only synthetic weights are written, without --weights");
    }
    return chosen;
}

const precision_choice& find_precision(const std::string& name) {
    std::string known;
    for (const precision_choice& choice : precisions) {
        if (choice.name == name) {
            return choice;
        }
        known.append(known.empty() ? "" : ", ").append(choice.name);
    }
    throw bad_input(std::string("--precision: unknown precision '")
                        .append(name)
                        .append("'; there are ")
                        .append(known));
}

soma::weights<network> read_weights(const options& chosen) {
    if (chosen.weights.empty()) {
        auto values = soma::perf::synthetic_parameters<network>(seed);
        if (!chosen.save_weights.empty()) {
            soma::save(chosen.save_weights, values);
        }
        return soma::weights<network>(std::move(values));
    }
    try {
        return soma::load<network>(chosen.weights);
    } catch (const soma::io::load_error& error) {
        // A file of another network has a fault for every tensor; the first one says enough.
        std::string text = error.what();
        if (error.faults().size() > 1) {
            text.resize(text.find('\n'));
            text.append(", the first: ").append(error.faults().front());
        }
        throw bad_input(text);
    }
}

/// A line on the terminal that goes away; nothing where errors go to a file.
void show_progress(const std::string& text) {
    if (::isatty(STDERR_FILENO) != 0) {
        std::cerr << "\r\x1b[K" << text << std::flush;
    }
}

int run(const options& chosen) {
    const precision_choice& precision = find_precision(chosen.precision);
    const std::vector<std::string> labels =
        chosen.labels.empty() ? std::vector<std::string>() : read_labels(chosen.labels, classes);
    report r{.image = chosen.image,
             .weights = chosen.weights,
             .width = 0,
             .height = 0,
             .precision = chosen.precision,
             .result = {},
             .top = {},
             .median_ms = 0,
             .peak_bytes = 0};
    std::vector<float> pixels;
    {
        const image picture = decode(chosen.image);
        r.width = picture.width;
        r.height = picture.height;
        pixels = preprocess(picture);
    }
    show_progress(chosen.weights.empty() ? "making weights"
                                         : std::string("loading ").append(chosen.weights));
    r.result = precision.classify(read_weights(chosen), pixels, chosen.repeat);
    show_progress("");
    r.median_ms = soma::perf::percentile(r.result.milliseconds, 50);
    r.peak_bytes = soma::perf::peak_resident_bytes();
    r.top = largest(r.result.logits, chosen.top, labels);
    if (!chosen.json.empty()) {
        write_json(chosen.json, r);
    }
    print(std::cout, r);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Says what an image shows: ResNet-50 with torchvision's weights.", "resnet50"};
    try {
        return run(read_arguments(argc, argv, app));
    } catch (const CLI::CallForHelp&) {
        std::cout << app.help();
        return 0;
    } catch (const std::exception& error) {
        show_progress("");
        std::cerr << "resnet50: " << error.what() << '\n';
        return 2;
    }
}
