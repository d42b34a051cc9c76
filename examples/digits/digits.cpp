// SPDX-License-Identifier: MIT

/// \file
/// Handwritten digits read by a trained ResNet in six precisions under four schedules: accuracy,
/// logit errors beside derived bounds, speed, memory.
///
/// Ends with 0 if every row is as it ought to be, with 1 if one is not, with 2 if the files or the
/// arguments make no sense.

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <unistd.h>
#include <CLI/CLI.hpp>

#include <soma/perf/environment.hpp>
#include <soma/perf/error_bound.hpp>
#include <soma/runtime/threads/affinity.hpp>

#include "digits/draw.hpp"
#include "digits/inputs.hpp"
#include "digits/measure.hpp"
#include "digits/report.hpp"
#include "digits/verdict.hpp"

namespace {

using namespace digits;

constexpr double failure_probability = 1e-9;
constexpr std::size_t precision_count = 6;

/// The folder with the files this example comes with: in the sources, or beside the program.
std::string data_folder() {
    namespace fs = std::filesystem;
    std::error_code ignored;
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    for (const fs::path& folder :
         {fs::path(SOMA_PROGRAM_DIR) / "data", program / "data", program / "digits" / "data"}) {
        if (fs::exists(folder / "digits_test_images.npy", ignored)) {
            return folder.string() + '/';
        }
    }
    return "data/";
}

/// Reads the command line; throws `bad_input`, or `CLI::CallForHelp` when asked for help.
options read_arguments(int argc, char** argv, CLI::App& app) {
    const std::string data = data_folder();
    options chosen{.images = data + "digits_test_images.npy",
                   .weights = data + "digits_resnet.safetensors",
                   .labels = data + "digits_test_labels.npy",
                   .logits = {},
                   .json = {}};
    const options defaults = chosen;
    app.add_option("--images", chosen.images, "float32 [N, 1, 8, 8], .npy")->capture_default_str();
    app.add_option("--weights", chosen.weights, "parameters, .safetensors")->capture_default_str();
    app.add_option("--labels", chosen.labels, "integers [N], .npy")->capture_default_str();
    app.add_option(
        "--logits", chosen.logits,
        "float32 [N, 10], .npy: what another FP32 program computes from these images and "
        "weights (default: the file that belongs to the default images and weights)");
    app.add_option("--json", chosen.json, "write the table to this file, too");
    app.add_option("--seconds", chosen.seconds, "how long to measure each row")
        ->capture_default_str();
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        throw;
    } catch (const CLI::ParseError& error) {
        throw bad_input(error.what());
    }
    if (!(chosen.seconds >= 0 && chosen.seconds <= 3600)) {
        throw bad_input("--seconds: expected a number from 0 to 3600");
    }
    const auto same = [](const std::string& x, const std::string& y) {
        std::error_code ignored;
        return std::filesystem::equivalent(x, y, ignored);
    };
    if (chosen.logits.empty() && same(chosen.images, defaults.images)
        && same(chosen.weights, defaults.weights)) {
        chosen.logits = data + "digits_resnet_logits.npy";
    }
    return chosen;
}

bool wants_colour() {
    const char* const refused = std::getenv("NO_COLOR");
    return ::isatty(STDOUT_FILENO) != 0 && (refused == nullptr || *refused == '\0');
}

/// A line on the terminal that replaces itself; nothing where errors go to a file.
class progress_line {
public:
    ~progress_line() { clear(); }
    void show(const std::string& text) const {
        if (shown_) {
            std::cerr << "\r\x1b[K" << text << std::flush;
        }
    }
    void clear() const { show(""); }

private:
    bool shown_ = ::isatty(STDERR_FILENO) != 0;
};

std::vector<measured_precision> measure_all(const inputs& given,
                                            double seconds,
                                            progress_line& line) {
    std::size_t row = 0;
    const task work{given.trained, given.images, seconds, [&](const std::string& what) {
                        line.show(std::to_string(++row)
                                      .append("/")
                                      .append(std::to_string(precision_count * schedule_count))
                                      .append(" ")
                                      .append(what));
                    }};
    return {measure<fp32>(work),
            measure<fp16>(work),
            measure<bf16>(work),
            measure<matmul_cast<bf16>>(work),
            measure<matmul_cast<fp16>>(work),
            measure<auto_cast<bf16>>(work)};
}

int run(const options& chosen) {
    const inputs given = read_inputs(chosen);
    perf::environment machine = perf::read_environment();
    machine.variables.clear();  // they bend other libraries, of which none is measured here
    std::cout << machine << "measured    " << given.count()
              << (given.count() == 1 ? " image" : " images")
              << " under every precision and schedule, wall time; latency is that of one run\n"
              << "errors      largest and mean difference of a logit to FP32; FP32's own to "
              << (given.logits.empty() ? "arithmetic in double\n" : "the logits file\n")
              << "bound       on the largest error, derived from roundoff, derivatives and "
                 "magnitudes; holds but with\n            probability "
              << failure_probability << " if roundings are independent\n\n"
              << std::flush;

    progress_line line;
    std::vector<measured_precision> measured = measure_all(given, chosen.seconds, line);
    line.show("bounding errors");
    std::vector<perf::rounding_plan> plans;
    for (const measured_precision& m : measured) {
        plans.push_back(m.roundings);
    }
    const perf::reference_network network = *perf::make_reference_network(given.trained.values());
    const double deviations =
        perf::deviations_for(failure_probability, given.count() * classes * plans.size());
    const perf::error_analysis analysis = perf::analyse_errors(
        network, plans, given.images, deviations,
        static_cast<unsigned>(std::max<std::size_t>(1, soma::allowed_cores().size())));
    line.clear();

    const std::vector<float> fp32_logits = measured[0].rows[0].logits;
    const report result{.rows = judge_all(std::move(measured), given, analysis, deviations),
                        .total = given.count(),
                        .has_logits = !given.logits.empty(),
                        .failure = failure_probability};
    print_table(std::cout, result, wants_colour());
    if (const std::size_t wrong = given.count() - result.rows[0].correct; wrong > 0) {
        std::cout << "\nFP32 misreads " << wrong << " of " << given.count() << ":\n";
        draw_misread(std::cout, given, fp32_logits);
    }
    if (!chosen.json.empty()) {
        write_json(chosen.json, result);
    }
    std::size_t failed = 0;
    for (const verdict& v : result.rows) {
        failed += v.fault.empty() ? 0U : 1U;
    }
    std::cout << '\n'
              << result.rows.size() - failed << " of " << result.rows.size()
              << " rows are as they ought to be\n";
    return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Reads handwritten digits with a trained ResNet in six precisions."};
    try {
        return run(read_arguments(argc, argv, app));
    } catch (const CLI::CallForHelp&) {
        std::cout << app.help();
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "digits: " << error.what() << '\n';
        return 2;
    }
}
