// SPDX-License-Identifier: MIT
//
// Measures matrix products and convolutions of the library, one thread, against the multiply-add
// peak of the core and against oneDNN, both in the same minutes of the same process.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <soma/perf/environment.hpp>
#include <soma/perf/json_report.hpp>
#include <soma/perf/paired.hpp>
#include <soma/perf/peak.hpp>
#include <soma/perf/statistics.hpp>
#include <soma/perf/table.hpp>
#include <soma/runtime/threads/affinity.hpp>

#include "onednn.hpp"
#include "plot.hpp"
#include "soma_kernel.hpp"
#include "workload.hpp"

namespace {

using namespace bench;
namespace perf = soma::perf;

struct options {
    std::string json, csv, svg, filter;
    std::vector<std::string> precisions = {"fp32", "bf16", "fp16"};
    double seconds = 0.4;
    int repetitions = 9;
    int processor = -1;
    bool winograd = false;
    bool alone = false;
};

/// A peer beside us in one row, with what was found out about it.
struct contender {
    std::string name;
    std::unique_ptr<measured_kernel> kernel;  ///< null where the peer has none
    std::string why_not;
};

/// One finished row.
struct measurement {
    workload shape;
    std::string precision;
    perf::paired_result ours;
    std::vector<perf::paired_result> theirs;  ///< of the contenders that ran
    perf::report_row row;
};

std::vector<contender> make_contenders(const workload& w,
                                       const operands& x,
                                       const options& chosen) {
    std::vector<contender> result;
    if (chosen.alone) {
        return result;
    }
    const std::string version = onednn_version();
    const std::string base = version.empty() ? "oneDNN" : "oneDNN " + version;
    const auto add = [&](const std::string& name, const operands& y, algorithm kind) -> bool {
        contender one{name, nullptr, ""};
        one.kernel = make_onednn(w, y, kind, one.why_not);
        result.push_back(std::move(one));
        return result.back().kernel != nullptr;
    };
    if (!add(base, x, algorithm::direct) && x.stored != soma::format::f32) {
        // What its user would run instead; the values are FP32 values as well.
        operands wider = x;
        wider.stored = soma::format::f32;
        add(base + " fp32", wider, algorithm::direct);
    }
    if (chosen.winograd && w.kernel == 3 && w.stride == 1) {
        add(base + " winograd", x, algorithm::winograd);
    }
    return result;
}

/// Checks every side against the definition; prints and returns false where one is wrong.
bool all_agree(const workload& w,
               const operands& x,
               measured_kernel& ours,
               std::vector<contender>& contenders) {
    const expectation expected = make_expectation(w, x);
    bool agree = true;
    const auto check = [&](const std::string& name, measured_kernel& kernel) {
        kernel.run();
        const std::string fault = disagreement(expected, kernel.output());
        if (!fault.empty()) {
            std::cerr << "WRONG: " << name << ", " << soma::name(x.stored) << ' ' << w.name << ": "
                      << fault << '\n';
            agree = false;
        }
    };
    check("soma", ours);
    for (contender& peer : contenders) {
        // Winograd's sums are of other terms, with a larger constant than the bound's.
        if (peer.kernel != nullptr && peer.name.find("winograd") == std::string::npos) {
            check(peer.name, *peer.kernel);
        }
    }
    return agree;
}

perf::report_row make_row(const workload& w,
                          const operands& x,
                          const measurement& m,
                          const std::vector<contender>& contenders) {
    const double flops = w.nominal_flops();
    const double bytes =
        static_cast<double>(w.weight_count()) * static_cast<double>(soma::size_of(x.stored));
    perf::report_row row;
    row.workload = w.name;
    row.precision = m.precision;
    row.batch = w.linear() ? 1 : w.batch;
    row.metric = "GFLOP/s";
    row.soma = m.ours.rate * 1e-9;
    row.extra = {{"m", w.rows()},
                 {"n", w.out_c},
                 {"k", w.depth()},
                 {"cold_weights", w.cold()},
                 {"nominal_flops", flops},
                 {"useful_flops", w.useful_flops()},
                 {"microseconds", m.ours.seconds * 1e6},
                 {"percent_of_peak", 100.0 * m.ours.part_of_peak},
                 {"percent_of_peak_p10", 100.0 * m.ours.low},
                 {"percent_of_peak_p90", 100.0 * m.ours.high},
                 {"percent_of_peak_useful", 100.0 * m.ours.part_of_peak * w.useful_flops() / flops},
                 {"weight_gigabytes_per_second", bytes / m.ours.seconds * 1e-9}};
    std::size_t measured = 0;
    for (const contender& peer : contenders) {
        perf::peer_result result{.name = peer.name};
        if (peer.kernel != nullptr) {
            const perf::paired_result& figures = m.theirs[measured++];
            result.value = figures.rate * 1e-9;
            result.paired_ratio = figures.against_first;
            row.extra["peer_details"][peer.name] = {
                {"implementation", peer.kernel->implementation()},
                {"percent_of_peak", 100.0 * figures.part_of_peak}};
        } else {
            row.extra["peer_details"][peer.name] = {{"missing", peer.why_not}};
        }
        row.peers.push_back(std::move(result));
    }
    return row;
}

/// Lines that sum up one precision.
void print_summary(const std::vector<measurement>& all, const std::string& precision) {
    struct group {
        const char* name;
        bool (*belongs)(const workload&);
    };
    // Small M is bound by the bandwidth of the weights and cold rows by that of memory: neither
    // says how near a kernel comes to the peak of the arithmetic.
    const group groups[] = {
        {"gemm, M >= 64",
         [](const workload& w) { return w.linear() && w.rows() >= 64 && !w.cold(); }},
        {"convolutions", [](const workload& w) { return !w.linear(); }},
        {"both", [](const workload& w) { return (!w.linear() || w.rows() >= 64) && !w.cold(); }}};
    std::cout << '\n' << precision << '\n';
    for (const group& part : groups) {
        std::vector<double> percent;
        std::vector<double> useful;
        std::vector<double> flops;
        for (const measurement& m : all) {
            if (m.precision == precision && part.belongs(m.shape)) {
                percent.push_back(100.0 * m.ours.part_of_peak);
                useful.push_back(percent.back() * m.shape.useful_flops() / m.shape.nominal_flops());
                flops.push_back(m.shape.nominal_flops());
            }
        }
        if (!percent.empty()) {
            std::printf(
                "  %-14s %6.1f %% of peak, FLOP-weighted mean of %zu (useful FLOPs %.1f %%)\n",
                part.name, perf::weighted_mean(percent, flops), percent.size(),
                perf::weighted_mean(useful, flops));
        }
    }
    const measurement* lowest = nullptr;
    std::vector<double> logarithms;
    std::size_t behind = 0;
    for (const measurement& m : all) {
        if (m.precision != precision) {
            continue;
        }
        if (m.shape.rows() >= 64 && !m.shape.cold()
            && (lowest == nullptr || m.ours.part_of_peak < lowest->ours.part_of_peak)) {
            lowest = &m;
        }
        if (const double ratio = m.row.ratio(); !std::isnan(ratio)) {
            logarithms.push_back(std::log(ratio));
            // Two copies of one kernel measured against each other differ by up to this much.
            behind += ratio < 0.97 ? 1 : 0;
        }
    }
    if (lowest != nullptr) {
        std::printf("  lowest         %6.1f %% of peak with M >= 64: %s\n",
                    100.0 * lowest->ours.part_of_peak, lowest->shape.name.c_str());
    }
    if (!logarithms.empty()) {
        std::printf(
            "  speed          %6.3f of the best peer's, geometric mean; "
            "more than 3 %% behind in %zu of %zu\n",
            std::exp(perf::mean(logarithms)), behind, logarithms.size());
    }
    std::fflush(stdout);
}

perf::table make_table(const std::vector<measurement>& all) {
    perf::table result({"precision", "workload", "us", "GFLOP/s", "% peak", "p10", "p90",
                        "useful %", "peer", "peer GFLOP/s", "peer %", "ratio", "peer's kernel"});
    for (const measurement& m : all) {
        const perf::peer_result* best = m.row.best_peer();
        std::vector<perf::cell> cells = {
            m.precision,
            m.shape.name,
            {m.ours.seconds * 1e6, 1},
            {m.row.soma, 1},
            {100.0 * m.ours.part_of_peak, 1},
            {100.0 * m.ours.low, 1},
            {100.0 * m.ours.high, 1},
            {100.0 * m.ours.part_of_peak * m.shape.useful_flops() / m.shape.nominal_flops(), 1}};
        if (best != nullptr) {
            const auto& details = m.row.extra["peer_details"][best->name];
            cells.insert(cells.end(), {best->name,
                                       {best->value, 1},
                                       {details["percent_of_peak"].get<double>(), 1},
                                       {m.row.ratio(), 3},
                                       details["implementation"].get<std::string>()});
        } else {
            cells.insert(cells.end(), {"-", "-", "-", "-", "-"});
        }
        result.add(std::move(cells));
    }
    return result;
}

/// Each reason once, with how many rows it concerns.
void print_missing(const std::vector<measurement>& all) {
    std::vector<std::pair<std::string, int>> reasons;
    for (const measurement& m : all) {
        for (const perf::peer_result& peer : m.row.peers) {
            if (std::isnan(peer.value)) {
                const std::string text =
                    peer.name + " has no " + m.precision + " kernel: "
                    + m.row.extra["peer_details"][peer.name]["missing"].get<std::string>();
                if (reasons.empty() || reasons.back().first != text) {
                    reasons.emplace_back(text, 0);
                }
                ++reasons.back().second;
            }
        }
    }
    for (const auto& [text, rows] : reasons) {
        std::cout << "missing: " << text << " (" << rows << " rows)\n";
    }
}

void plot(const std::vector<measurement>& all, const std::string& path) {
    std::vector<bar> bars;
    std::string peer;
    for (const measurement& m : all) {
        bar one{m.precision + " " + m.shape.name, 100.0 * m.ours.part_of_peak};
        if (const perf::peer_result* best = m.row.best_peer()) {
            one.peer = m.row.extra["peer_details"][best->name]["percent_of_peak"].get<double>();
            peer = peer.empty() ? best->name : peer;
        }
        bars.push_back(std::move(one));
    }
    write_bar_plot(path, "Percent of the FP32 multiply-add peak of one core", peer, bars);
}

int run(const options& chosen) {
    const std::vector<int> processors = soma::allowed_cores();
    const int processor = chosen.processor >= 0 ? chosen.processor
                          : processors.empty()  ? 0
                                                : processors.back();
    perf::environment machine = perf::read_environment();
    if (!soma::keep_thread_to(std::span(&processor, 1))) {
        std::cerr << "cannot stay on processor " << processor << "; measuring unpinned\n";
    }
    onednn_use_one_thread();
    const std::string peer_version = onednn_version();
    machine.add_library("oneDNN", peer_version.empty() ? "not in this build" : peer_version);

    using isa = soma::simd::native;
    perf::peak_meter<isa> meter;
    std::vector<double> fp32_peaks;
    std::vector<double> bf16_peaks;
    for (int i = 0; i < 9; ++i) {
        fp32_peaks.push_back(meter.fp32() * 1e-9);
        bf16_peaks.push_back(meter.bf16() * 1e-9);
    }
    std::cout << machine << "pinned      to processor " << processor << ", thread CPU time\n";
    std::printf("peak        fp32 %.1f GFLOP/s, bf16 pairs %.1f GFLOP/s (medians of 9)\n\n",
                perf::median(fp32_peaks), perf::median(bf16_peaks));
    std::fflush(stdout);

    perf::json_report report(machine);
    std::vector<measurement> all;
    bool agree = true;
    for (const soma::format stored : {soma::format::f32, soma::format::bf16, soma::format::f16}) {
        const std::string precision(soma::name(stored));
        if (std::find(chosen.precisions.begin(), chosen.precisions.end(), precision)
            == chosen.precisions.end()) {
            continue;
        }
        for (const workload& w : workloads()) {
            if ((precision + " " + w.name).find(chosen.filter) == std::string::npos) {
                continue;
            }
            const operands x = make_operands(w, stored);
            const std::unique_ptr<measured_kernel> ours = make_soma(w, x);
            std::vector<contender> contenders = make_contenders(w, x, chosen);
            agree = all_agree(w, x, *ours, contenders) && agree;

            std::vector<perf::candidate> candidates;
            const auto enter = [&](const std::string& name, measured_kernel& kernel) {
                candidates.push_back(
                    {name, [&kernel] { kernel.run(); }, [&kernel] { return kernel.seconds(); }});
            };
            enter("soma", *ours);
            for (const contender& peer : contenders) {
                if (peer.kernel != nullptr) {
                    enter(peer.name, *peer.kernel);
                }
            }
            const auto figures = perf::measure_paired(
                candidates, w.nominal_flops(), [&] { return meter.fp32(); },
                {.repetitions = chosen.repetitions, .seconds = chosen.seconds});
            measurement m{w, precision, figures.front(), {figures.begin() + 1, figures.end()}, {}};
            m.row = make_row(w, x, m, contenders);
            report.add(m.row);
            std::fprintf(stderr, "%-4s %-28s %6.1f %%  %6.3f\n", precision.c_str(), w.name.c_str(),
                         100.0 * m.ours.part_of_peak, m.row.ratio());
            all.push_back(std::move(m));
        }
    }
    if (all.empty()) {
        std::cerr << "no workload matches\n";
        return 2;
    }

    const perf::table table = make_table(all);
    table.print(std::cout);
    print_missing(all);
    for (const std::string& precision : chosen.precisions) {
        const auto has_it = [&](const measurement& m) { return m.precision == precision; };
        if (std::any_of(all.begin(), all.end(), has_it)) {
            print_summary(all, precision);
        }
    }
    if (!chosen.json.empty()) {
        report.write(chosen.json);
    }
    if (!chosen.csv.empty()) {
        std::ofstream file(chosen.csv);
        table.write_csv(file);
    }
    if (!chosen.svg.empty()) {
        plot(all, chosen.svg);
    }
    return agree ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    perf::clear_peer_variables();
    options chosen;
    CLI::App app{
        "Matrix products and convolutions of one thread: percent of the FP32 multiply-add "
        "peak measured in the same run, and oneDNN on the same operands. A ratio above 1 "
        "means that soma is faster. Exits with 1 when a result lies outside its bound."};
    app.add_option("--json", chosen.json, "write environment and rows to this file");
    app.add_option("--csv", chosen.csv, "write the table to this file");
    app.add_option("--svg", chosen.svg, "write a bar plot to this file");
    app.add_option("--filter", chosen.filter,
                   "only rows whose \"precision workload\" has this text");
    app.add_option("--precision", chosen.precisions, "of fp32, bf16, fp16; default all")
        ->delimiter(',')
        ->check(CLI::IsMember({"fp32", "bf16", "fp16"}));
    app.add_option("--seconds", chosen.seconds, "measuring time of one row; default 0.4")
        ->check(CLI::PositiveNumber);
    app.add_option("--repetitions", chosen.repetitions, "of which the median is taken; default 9")
        ->check(CLI::Range(1, 1001));
    app.add_option("--processor", chosen.processor, "to stay on; default the last allowed one");
    app.add_flag("--winograd", chosen.winograd,
                 "also oneDNN's Winograd algorithm where it has one");
    app.add_flag("--alone", chosen.alone, "no peers");
    app.footer(
        "The oneDNN measured is the one CMake finds. For another: build with "
        "CMAKE_PREFIX_PATH=<its prefix>, for example a Python environment with the packages "
        "onednn-cpu-gomp and onednn-devel-cpu-gomp.");
    CLI11_PARSE(app, argc, argv);
    try {
        return run(chosen);
    } catch (const std::exception& fault) {
        std::cerr << "error: " << fault.what() << '\n';
        return 2;
    }
}
