// SPDX-License-Identifier: MIT
//
// Measures what compiling the library costs a user: seconds of processor time, peak memory and
// object size of translation units with none, one and nine programs, and their ratios.

#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

#include <CLI/CLI.hpp>

#include <soma/perf/environment.hpp>
#include <soma/perf/json_report.hpp>
#include <soma/perf/statistics.hpp>
#include <soma/perf/table.hpp>
#include <soma/simd/isa.hpp>

#include "process.hpp"

namespace {

using namespace bench;
namespace fs = std::filesystem;
namespace perf = soma::perf;

struct options {
    std::string json, filter;
    std::vector<std::string> compilers = {"g++", "clang++-19"};
    int repetitions = 3;
};

/// A translation unit: a template of this folder, and the programs put into it.
struct unit {
    std::string name;
    std::string source;
    int programs = 0;
    std::string beside = {};  ///< the unit whose seconds its own are a ratio of, if any
};

const std::vector<unit> units = {
    {"headers alone", "headers.cpp.in", 0},
    {"digits, loads and runs", "loads_and_runs.cpp.in", 1},
    {"digits, 1 program", "digits.cpp.in", 1},
    {"digits, 9 programs", "digits.cpp.in", 9, "digits, 1 program"},
    {"resnet50, loads and runs", "resnet50_loads_and_runs.cpp.in", 1},
    {"resnet50, 1 program", "resnet50.cpp.in", 1},
    {"resnet50, 3 schedules", "resnet50.cpp.in", 3, "resnet50, 1 program"},
    {"resnet50, 9 programs", "resnet50.cpp.in", 9, "resnet50, 1 program"},
    {"resnet152, 1 program", "resnet152.cpp.in", 1, "resnet50, 1 program"},
};

/// The first `count` of three precisions times three schedules, as explicit instantiations.
std::string instantiations(int count) {
    std::string text;
    for (const char* precision : {"fp32", "bf16", "fp16"}) {
        for (const char* schedule :
             {"batch<1>", "batch<4>", "schedule<soma::batch<4>, soma::replicate<2>>"}) {
            if (count-- > 0) {
                text += std::string("template class soma::executor<soma::program<net, soma::")
                        + precision + ", soma::" + schedule + ">>;\n";
            }
        }
    }
    return text;
}

std::string read_file(const fs::path& path) {
    std::ifstream file(path);
    std::ostringstream text;
    if (!(text << file.rdbuf())) {
        throw std::runtime_error("cannot read " + path.string());
    }
    return text.str();
}

/// `source` with its programs filled in.
std::string unit_text(const unit& one) {
    std::string text = read_file(fs::path(SOMA_PROGRAM_DIR) / one.source);
    constexpr std::string_view mark = "@PROGRAMS@";
    if (const std::size_t at = text.find(mark); at != std::string::npos) {
        text.replace(at, mark.size(), instantiations(one.programs));
    }
    return text;
}

/// The flags this benchmark itself was compiled for.
std::vector<std::string> isa_flags() {
    const std::string_view isa = soma::simd::native::name;
    if (isa == "amx_bf16") {
        return {"-march=x86-64-v4", "-mavx512bf16", "-mavx512vnni", "-mamx-tile", "-mamx-bf16"};
    }
    if (isa == "avx512_bf16") {
        return {"-march=x86-64-v4", "-mavx512bf16", "-mavx512vnni"};
    }
    if (isa == "avx512") {
        return {"-march=x86-64-v4"};
    }
    return isa == "avx2" ? std::vector<std::string>{"-march=x86-64-v3"}
                         : std::vector<std::string>{};
}

/// A folder that is gone when this is.
class temporary_folder {
public:
    temporary_folder() {
        std::string name = (fs::temp_directory_path() / "soma_compile_time_XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("cannot make a folder like " + name);
        }
        path_ = name;
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    [[nodiscard]] const fs::path& path() const noexcept { return path_; }

private:
    fs::path path_;
};

/// One unit compiled by one compiler.
struct measurement {
    double seconds = std::numeric_limits<double>::quiet_NaN();
    double megabytes = 0.0;
    double kilobytes = 0.0;  ///< of the object file
};

/// Compiles `one`; throws with the compiler's words if that fails. NaN without such a compiler.
measurement compile(const unit& one,
                    const std::string& compiler,
                    const fs::path& folder,
                    int repetitions) {
    const fs::path root = SOMA_SOURCE_DIR;
    const std::string source = (folder / "unit.cpp").string();
    const std::string object = (folder / "unit.o").string();
    const std::string log = (folder / "log").string();
    std::ofstream(source) << unit_text(one);
    std::vector<std::string> command = {compiler, "-std=c++20", "-O3"};
    for (const std::string& flag : isa_flags()) {
        command.push_back(flag);
    }
    for (const char* include : {"include", "examples"}) {
        command.push_back("-I" + (root / include).string());
    }
    command.insert(command.end(), {"-c", source, "-o", object});

    std::vector<double> seconds;
    std::vector<double> megabytes;
    for (int i = 0; i < repetitions; ++i) {
        const process_cost cost = run_process(command, log);
        if (!cost.found) {
            return {};
        }
        if (!cost.succeeded) {
            throw std::runtime_error(compiler + " refuses \"" + one.name + "\":\n"
                                     + read_file(log));
        }
        seconds.push_back(cost.cpu_seconds);
        megabytes.push_back(cost.peak_megabytes);
    }
    return {perf::median(seconds), perf::median(megabytes),
            static_cast<double>(fs::file_size(object)) / 1024.0};
}

int run(const options& chosen) {
    const perf::environment machine = perf::read_environment();
    std::cout << machine << '\n';
    perf::json_report report(machine);
    perf::table table({"compiler", "unit", "programs", "seconds", "peak MB", "object KB"});
    std::string ratios;
    const temporary_folder folder;
    bool measured = false;
    for (const std::string& compiler : chosen.compilers) {
        std::map<std::string, double> seconds;
        for (const unit& one : units) {
            if (one.name.find(chosen.filter) == std::string::npos) {
                continue;
            }
            const measurement m = compile(one, compiler, folder.path(), chosen.repetitions);
            perf::report_row row;
            row.workload = "compile " + one.name;
            row.metric = "CPU seconds";
            row.direction = perf::better::lower;
            row.soma = m.seconds;
            row.extra = {{"compiler", compiler}, {"programs", one.programs}};
            if (std::isnan(m.seconds)) {
                std::cout << "missing: there is no compiler " << compiler << '\n';
                row.extra["missing"] = "no such compiler";
                report.add(std::move(row));
                break;
            }
            measured = true;
            row.extra["peak_megabytes"] = m.megabytes;
            row.extra["object_kilobytes"] = m.kilobytes;
            seconds[one.name] = m.seconds;
            if (const auto other = seconds.find(one.beside); other != seconds.end()) {
                const double ratio = m.seconds / other->second;
                row.extra["beside"] = one.beside;
                row.extra["seconds_ratio"] = ratio;
                ratios += compiler;
                ratios +=
                    ", " + one.name + ": " + perf::fixed(ratio, 2) + " times " + one.beside + '\n';
            }
            report.add(std::move(row));
            table.add({compiler,
                       one.name,
                       one.programs,
                       {m.seconds, 2},
                       {m.megabytes, 0},
                       {m.kilobytes, 0}});
        }
    }
    table.print(std::cout);
    std::cout << '\n' << ratios;
    if (!chosen.json.empty()) {
        report.write(chosen.json);
    }
    return measured ? 0 : 2;
}

}  // namespace

int main(int argc, char** argv) {
    options chosen;
    CLI::App app{
        "What compiling programs costs: processor seconds (user and system, all processes "
        "of the compiler), peak memory, size of the object; at -O3 for this machine's "
        "instruction set. Figures are medians."};
    app.add_option("--json", chosen.json, "write environment and rows to this file");
    app.add_option("--filter", chosen.filter, "only units whose name has this text");
    app.add_option("--compiler", chosen.compilers, "to measure; default g++ and clang++-19")
        ->delimiter(',');
    app.add_option("--repetitions", chosen.repetitions, "of which the median is taken; default 3")
        ->check(CLI::Range(1, 101));
    CLI11_PARSE(app, argc, argv);
    try {
        return run(chosen);
    } catch (const std::exception& fault) {
        std::cerr << "error: " << fault.what() << '\n';
        return 1;
    }
}
