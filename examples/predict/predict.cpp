// SPDX-License-Identifier: MIT

/// \file
/// Predicts published measurements of networks on instances and says how far off that is.
///
///     predict rows.csv --json report.json
///     predict rows.csv --calibrate
///
/// Without a file it reads `inferentia.csv` beside its sources: figures from the vendor's
/// documentation, which the cost model's parameters are fitted to. Ends with 0, or with 2 if the
/// file or the arguments make no sense.

#include <cstddef>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <soma/io/replacing_file.hpp>

#include "predict/experiment.hpp"
#include "predict/published_rows.hpp"
#include "predict/report.hpp"

namespace {

namespace fs = std::filesystem;

/// The command line or a file makes no sense.
struct bad_input : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct options {
    std::string file;
    std::string json;  ///< a file to write; empty: the terminal
    bool as_json = false;
    bool calibrate = false;
};

/// The rows this example comes with: in the sources, or beside the program.
std::string default_file() {
    std::error_code ignored;
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    for (const fs::path& folder : {fs::path(SOMA_PROGRAM_DIR), program, program / "predict"}) {
        if (fs::exists(folder / "inferentia.csv", ignored)) {
            return (folder / "inferentia.csv").string();
        }
    }
    return "inferentia.csv";
}

/// Reads the command line; throws `bad_input`, or `CLI::CallForHelp` when asked for help.
options read_arguments(int argc, char** argv, CLI::App& app) {
    options chosen;
    app.add_option("FILE", chosen.file,
                   "measurements, .csv (default: the inferentia.csv that this "
                   "example comes with)");
    CLI::Option* const json =
        app.add_option("--json", chosen.json,
                       "write the report as JSON: to this file, or instead of the text")
            ->expected(0, 1);
    app.add_flag("--calibrate", chosen.calibrate,
                 "fit the cost model's parameters to the measurements");
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        throw;
    } catch (const CLI::ParseError& error) {
        throw bad_input(error.what());
    }
    chosen.as_json = json->count() > 0;
    if (chosen.file.empty()) {
        // `--json FILE` with nothing else reads FILE: nobody wants it replaced.
        chosen.file = chosen.json.empty() ? default_file() : std::exchange(chosen.json, "");
    }
    std::error_code ignored;
    if (!chosen.json.empty() && fs::equivalent(chosen.json, chosen.file, ignored)) {
        throw bad_input("--json: " + chosen.json + " is the file to read");
    }
    return chosen;
}

std::string read_text(const std::string& path) {
    constexpr std::streamsize most_bytes = 64 << 20;
    std::error_code ignored;
    if (!fs::is_directory(path, ignored)) {
        if (std::ifstream file(path, std::ios::binary); file) {
            std::string text;
            char part[65'536];
            while (file.read(part, sizeof part), file.gcount() > 0) {
                text.append(part, static_cast<std::size_t>(file.gcount()));
                if (std::ssize(text) > most_bytes) {
                    throw bad_input(path + ": expected a file of at most 64 MiB");
                }
            }
            if (!file.bad()) {
                return text;
            }
        }
    }
    throw bad_input(path + ": cannot be read");
}

/// Reads the rows; says what is wrong with them and returns false where anything is.
bool read_rows(const std::string& path, std::vector<published::row>& rows) {
    published::table table = published::parse(read_text(path), path);
    for (const std::string& remark : table.remarks) {
        std::cerr << remark << '\n';
    }
    for (const std::string& fault : table.faults) {
        std::cerr << fault << '\n';
    }
    rows = std::move(table.rows);
    return table.faults.empty();
}

int run(const options& chosen) {
    std::vector<published::row> rows;
    if (!read_rows(chosen.file, rows)) {
        return 2;
    }
    const published::experiment experiment(std::move(rows));
    published::report report{.outcomes = experiment.predict(soma::calibrated),
                             .left_out = experiment.predict_left_out(soma::calibrated),
                             .fit = {},
                             .refitted = {}};
    if (chosen.calibrate) {
        report.fit = experiment.fit(soma::calibrated, {.starts = 2, .tolerance = 1e-5});
        if (!report.fit) {
            throw bad_input(chosen.file + ": no row has a measurement to fit");
        }
        report.refitted = experiment.predict(report.fit->parameters);
    }
    if (!chosen.as_json) {
        published::print(std::cout, report);
    } else if (chosen.json.empty()) {
        std::cout << published::json_of(report);
    } else {
        soma::io::replacing_file file(chosen.json);
        file.write(published::json_of(report));
        file.commit();
        published::print(std::cout, report);
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Predicts published measurements and says how far off that is.", "predict"};
    try {
        return run(read_arguments(argc, argv, app));
    } catch (const CLI::CallForHelp&) {
        std::cout << app.help();
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "predict: " << error.what() << '\n';
        return 2;
    }
}
