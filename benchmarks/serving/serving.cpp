// SPDX-License-Identifier: MIT
//
// What serving costs: soma's server beside calling its executors directly, with the delay it is
// allowed, and beside ONNX Runtime with the same clients. Clients and workers share the machine.

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <soma/io/convert_tensor.hpp>
#include <soma/io/npy.hpp>
#include <soma/perf/environment.hpp>
#include <soma/perf/json_report.hpp>
#include <soma/perf/synthetic.hpp>
#include <soma/perf/table.hpp>
#include <soma/runtime/threads/cores.hpp>

#include "onnxruntime.hpp"
#include "sections.hpp"

namespace bench {

namespace perf = soma::perf;

bool bench_run::wanted(const std::string& what) const {
    return chosen.only.empty()
           || std::find(chosen.only.begin(), chosen.only.end(), what) != chosen.only.end();
}

int bench_run::workers() const {
    return chosen.workers > 0 ? chosen.workers : soma::available_cores();
}

void bench_run::rounds(std::size_t count, const std::function<void(std::size_t)>& turn) const {
    for (int round = 0; round < chosen.rounds; ++round) {
        for (std::size_t i = 0; i < count; ++i) {
            turn(round % 2 == 0 ? i : count - 1 - i);
        }
    }
}

perf::report_row bench_run::row(const compiled_network& network,
                                std::string metric,
                                perf::better direction) const {
    perf::report_row result;
    result.workload = network.network;
    result.precision = network.precision;
    result.threads = workers();
    result.batch = static_cast<int>(network.batch);
    result.schedule = "batch<" + std::to_string(network.batch) + ">";
    result.metric = std::move(metric);
    result.direction = direction;
    return result;
}

void bench_run::add(perf::report_row row) const {
    std::cerr << row.workload << ", " << row.precision << " batch " << row.batch << ": "
              << perf::fixed(row.soma, row.soma < 100 ? 3 : 0) << ' ' << row.metric;
    if (const perf::peer_result* const best = row.best_peer()) {
        std::cerr << ", " << best->name << ' '
                  << perf::fixed(best->value, best->value < 100 ? 3 : 0) << ", ratio "
                  << perf::fixed(row.ratio(), 3);
    }
    std::cerr << '\n';
    report.add(std::move(row));
}

samples samples_of(const compiled_network& network) {
    samples result{.values = {}, .inputs = network.inputs, .outputs = network.outputs};
    if (network.network == "digits") {
        result.values = soma::io::to_floats(
            soma::io::read_npy(SOMA_SOURCE_DIR "/examples/digits/data/digits_test_images.npy")
                .entry);
    } else {
        result.values.resize(8 * network.inputs);
        perf::synthetic_images(result.values, 1);
    }
    return result;
}

namespace {

void print(const perf::json_report& report) {
    perf::table table({"workload", "precision", "batch", "workers", "metric", "soma", "best peer",
                       "peer", "ratio", "target"});
    for (const perf::report_row& row : report.rows()) {
        const auto figure = [](double value) {
            return perf::cell(value, value < 10 ? 3 : value < 1000 ? 1 : 0);
        };
        const perf::peer_result* const best = row.best_peer();
        const auto target = row.extra.find(best != nullptr ? "target_ratio" : "target");
        table.add(
            {row.workload, row.precision, row.batch, row.threads, row.metric, figure(row.soma),
             best == nullptr ? perf::cell("-") : perf::cell(best->name),
             best == nullptr ? perf::cell("-") : figure(best->value),
             best == nullptr ? perf::cell("-") : perf::cell(row.ratio(), 3),
             target == row.extra.end() ? perf::cell("-") : perf::cell(target->get<double>(), 2)});
    }
    table.print(std::cout);
}

int measure(const options& chosen, const std::string& json) {
    perf::environment machine = perf::read_environment();
    machine.add_library("ONNX Runtime", chosen.onnxruntime.empty()
                                            ? "not installed"
                                            : onnxruntime(chosen.onnxruntime).version());
    std::cout << machine << "measured    medians of " << chosen.rounds
              << " rounds in which everybody has a turn; clients share the cores with workers\n"
              << "ratio       above 1 soma is better; every side in its best way for the row\n\n"
              << std::flush;
    perf::json_report report(machine);
    bench_run run{chosen, report, [](const std::string& what) { std::cerr << what << '\n'; }};
    struct section {
        const char* name;
        std::function<void()> measure;
    };
    const section sections[] = {{"throughput", [&] { measure_throughput(run); }},
                                {"lone", [&] { measure_lone_client(run); }},
                                {"delay", [&] { measure_delay(run); }},
                                {"peers", [&] { measure_peers(run); }}};
    const auto is_section = [&](const std::string& name) {
        return std::any_of(std::begin(sections), std::end(sections),
                           [&](const section& s) { return name == s.name; });
    };
    // `--only digits` means all sections, `--only lone` all networks.
    const bool sections_named = std::any_of(chosen.only.begin(), chosen.only.end(), is_section);
    const std::vector<std::string> all = chosen.only;
    std::erase_if(run.chosen.only, is_section);
    for (const section& s : sections) {
        if (!sections_named || std::find(all.begin(), all.end(), s.name) != all.end()) {
            run.progress(std::string("-- ") + s.name);
            s.measure();
        }
    }
    print(report);
    if (!json.empty()) {
        report.write(json);
    }
    return run.agree ? 0 : 1;
}

}  // namespace

}  // namespace bench

int main(int argc, char** argv) {
    soma::perf::clear_peer_variables();
    bench::options chosen;
    std::string json;
    std::string weights;
    CLI::App app{
        "What serving costs. throughput: saturating clients of single samples beside executors in "
        "loops, and the CPU time a request adds; lone: the round trip of one client; delay: p99 "
        "under light load with a max_delay of 1 ms, from the moment a request was due; peers: ONNX "
        "Runtime with the same clients. Exits with 1 when results differ."};
    app.add_option("--json", json, "write environment and rows to this file");
    app.add_option("--seconds", chosen.seconds, "of one turn")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--rounds", chosen.rounds, "of which medians are taken")
        ->check(CLI::Range(1, 1001))
        ->capture_default_str();
    app.add_option("--workers", chosen.workers, "threads with an executor each; default: cores")
        ->check(CLI::Range(1, 1024));
    app.add_option("--only", chosen.only,
                   "of throughput, lone, delay, peers, and of digits, resnet18, resnet50")
        ->delimiter(',')
        ->check(CLI::IsMember(
            {"throughput", "lone", "delay", "peers", "digits", "resnet18", "resnet50"}));
    app.add_option("--onnxruntime", chosen.onnxruntime,
                   "shared library of ONNX Runtime; benchmarks/run gives it")
        ->check(CLI::ExistingFile);
    app.add_option("--resnet50-onnx", chosen.resnet50_onnx,
                   "ResNet-50 with the weights of --write-weights; benchmarks/run gives it")
        ->check(CLI::ExistingFile);
    app.add_option("--write-weights", weights, "write the seeded weights of ResNet-50, and end");
    CLI11_PARSE(app, argc, argv);
    try {
        if (!weights.empty()) {
            bench::write_resnet50_weights(weights);
            return 0;
        }
        return bench::measure(chosen, json);
    } catch (const std::exception& fault) {
        std::cerr << "error: " << fault.what() << '\n';
        return 2;
    }
}
