// SPDX-License-Identifier: MIT
//
// Networks whose weights fit the second-level caches of two cores and not of one, in BF16, one
// sample at a time: a pipeline of two stages beside one core and two replicas, and beside what the
// cost model says of a core with this machine's figures.

#include <cstddef>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <soma/perf/environment.hpp>
#include <soma/perf/json_report.hpp>
#include <soma/perf/measure_host.hpp>
#include <soma/perf/statistics.hpp>
#include <soma/perf/table.hpp>

#include "contest.hpp"
#include "networks.hpp"

namespace {

namespace perf = soma::perf;
constexpr double mib = 1 << 20;

struct options {
    std::string json, filter;
    bench::contest_options contest;
    std::size_t cache_bytes = 0;
    bool all = false;
};

/// A network of one size.
struct subject {
    std::string name;
    std::size_t weight_bytes;
    std::vector<bench::contestant_result> (*run)(const bench::contest_options&,
                                                 const perf::host_figures&);
};

template <class Model>
subject make_subject(std::string name) {
    return {std::move(name), soma::program<Model, soma::bf16>::packed_bytes,
            &bench::run_contest<Model>};
}

/// For second-level caches of 512 KiB, 1 MiB and 2 MiB.
std::vector<subject> subjects() {
    using namespace bench;
    return {make_subject<linear_stack<320>>("linear 320 x4"),
            make_subject<linear_stack<448>>("linear 448 x4"),
            make_subject<linear_stack<640>>("linear 640 x4"),
            make_subject<conv_stack<64>>("conv 14x14 64 x10"),
            make_subject<conv_stack<96>>("conv 14x14 96 x10"),
            make_subject<conv_stack<128>>("conv 14x14 128 x10"),
            make_subject<pyramid<32>>("pyramid 32"),
            make_subject<pyramid<48>>("pyramid 48"),
            make_subject<pyramid<64>>("pyramid 64")};
}

/// Two caches hold the weights, and some activations beside them; one does not.
bool fits_two_not_one(std::size_t weights, double cache) {
    const auto bytes = static_cast<double>(weights);
    return bytes > cache && bytes < 1.9 * cache;
}

double error_percent(double predicted, double measured) {
    return 100 * (predicted / measured - 1);
}

void print_host(const perf::host_figures& host) {
    std::printf(
        "host        %d cores, second level %.2f MiB each\n"
        "            peak bf16 %.1f GFLOP/s, of which a convolution reaches %.0f %%\n"
        "            reads %.1f GB/s out of the second level, %.1f behind it, %.1f of all cores\n"
        "            weights of a product with one column at %.0f %% of that\n"
        "            hand-over %.2f us a batch, a batch alone %.1f us more,\n"
        "            %.1f us where the second stage sleeps meanwhile\n\n",
        host.cores, host.cache_bytes / mib, host.bf16_flops * 1e-9, 100 * host.bf16_efficiency,
        host.cached_bytes_per_second * 1e-9, host.behind_bytes_per_second * 1e-9,
        host.shared_bytes_per_second * 1e-9, 100 * host.weight_efficiency,
        host.handover_seconds * 1e6, host.spinning_wake_seconds * 1e6,
        host.sleeping_wake_seconds * 1e6);
}

/// The figures of the host as rows of the report.
void add_host(perf::json_report& report, const perf::host_figures& host) {
    const auto add = [&](const char* metric, double value, perf::better direction) {
        perf::report_row row;
        row.workload = "host";
        row.metric = metric;
        row.direction = direction;
        row.soma = value;
        report.add(std::move(row));
    };
    using enum perf::better;
    add("bytes of second-level cache", host.cache_bytes, higher);
    add("GFLOP/s bf16 peak", host.bf16_flops * 1e-9, higher);
    add("part of the bf16 peak", host.bf16_efficiency, higher);
    add("GB/s out of the second level", host.cached_bytes_per_second * 1e-9, higher);
    add("GB/s behind the second level", host.behind_bytes_per_second * 1e-9, higher);
    add("GB/s behind the second level, all cores", host.shared_bytes_per_second * 1e-9, higher);
    add("part of GB/s that weights are read at", host.weight_efficiency, higher);
    add("us hand-over", host.handover_seconds * 1e6, lower);
    add("us wake-up of who spins", host.spinning_wake_seconds * 1e6, lower);
    add("us wake-up of who sleeps", host.sleeping_wake_seconds * 1e6, lower);
}

/// Two rows of one schedule: throughput, and latency of a sample by itself.
void add_rows(perf::json_report& report,
              const subject& network,
              const bench::contestant_result& r,
              const bench::contestant_result& one) {
    perf::report_row row;
    row.workload = network.name;
    row.precision = "bf16";
    row.threads = r.threads;
    row.schedule = r.schedule;
    row.metric = "samples/s";
    row.soma = r.throughput();
    row.extra = {
        {"weight_bytes", network.weight_bytes},
        {"fastest", r.best_throughput()},
        {"predicted", r.predicted.throughput},
        {"error_percent", error_percent(r.predicted.throughput, r.throughput())},
        {"error_percent_of_fastest", error_percent(r.predicted.throughput, r.best_throughput())},
        {"against_one_core", r.throughput() / one.throughput()},
        {"predicted_against_one_core", r.predicted.throughput / one.predicted.throughput},
        {"cpu_microseconds", 1e6 * perf::median(r.each(&bench::turn::cpu_seconds))},
        {"others_cores", perf::percentile(r.each(&bench::turn::others), 100)},
        {"predicted_weights", std::string(soma::name(r.predicted.weights))}};
    for (const soma::host_stage& stage : r.stages) {
        row.extra["stages"].push_back({{"first", stage.first},
                                       {"last", stage.last},
                                       {"weight_bytes", stage.weight_bytes},
                                       {"received_bytes", stage.received_bytes}});
    }
    for (int s = 0; s < r.predicted_stages.count; ++s) {
        const soma::stage_prediction& stage = r.predicted_stages.at[s];
        row.extra["predicted_stages"].push_back({{"microseconds", 1e6 * stage.seconds},
                                                 {"weight_bytes", stage.weight_bytes},
                                                 {"streamed_bytes", stage.streamed_bytes}});
    }
    report.add(row);
    row.metric = "us of a sample alone, p50";
    row.direction = perf::better::lower;
    const perf::summary alone = r.alone();
    row.soma = 1e6 * alone.p50;
    row.extra = {{"p99", 1e6 * alone.p99},
                 {"fastest", 1e6 * alone.min},
                 {"predicted", 1e6 * r.predicted_alone},
                 {"error_percent", error_percent(r.predicted_alone, alone.p50)}};
    report.add(row);
}

void add_cells(perf::table& table,
               const subject& network,
               const bench::contestant_result& r,
               const bench::contestant_result& one) {
    const perf::summary alone = r.alone();
    table.add({network.name,
               {static_cast<double>(network.weight_bytes) / mib, 2},
               r.schedule,
               {r.throughput(), 0},
               {r.best_throughput(), 0},
               {r.predicted.throughput, 0},
               {error_percent(r.predicted.throughput, r.throughput()), 0},
               {error_percent(r.predicted.throughput, r.best_throughput()), 0},
               {r.throughput() / one.throughput(), 2},
               {r.best_throughput() / one.best_throughput(), 2},
               {r.predicted.throughput / one.predicted.throughput, 2},
               {1e6 * perf::median(r.each(&bench::turn::cpu_seconds)), 1},
               {1e6 * alone.p50, 1},
               {1e6 * alone.p99, 1},
               {1e6 * r.predicted_alone, 1},
               {perf::percentile(r.each(&bench::turn::others), 100), 2}});
}

void print_stages(const subject& network, const bench::contestant_result& r) {
    std::cout << network.name << ", stages of " << r.schedule << '\n';
    for (std::size_t s = 0; s < r.stages.size(); ++s) {
        const soma::host_stage& stage = r.stages[s];
        std::printf("  compiled   nodes %2d to %2d, %7zu bytes of weights, %6zu received\n",
                    stage.first, stage.last - 1, stage.weight_bytes, stage.received_bytes);
    }
    for (int s = 0; s < r.predicted_stages.count; ++s) {
        const soma::stage_prediction& stage = r.predicted_stages.at[s];
        std::printf("  predicted  %7.1f us, %7zu bytes of weights, %7zu of them streamed\n",
                    1e6 * stage.seconds, stage.weight_bytes, stage.streamed_bytes);
    }
    std::fflush(stdout);
}

int run(const options& chosen) {
    perf::environment machine = perf::read_environment();
    std::cout << machine;
    std::fflush(stdout);
    const perf::host_figures host = perf::measure_host({.cache_bytes = chosen.cache_bytes});
    print_host(host);
    if (host.cores < 2) {
        std::cerr << "error: expected two cores to run on, got 1\n";
        return 2;
    }

    perf::json_report report(machine);
    add_host(report, host);
    perf::table table({"network", "MiB", "schedule", "samples/s", "fastest", "predicted", "error %",
                       "of fastest", "x one", "fastest", "predicted", "CPU us", "alone p50 us",
                       "p99 us", "predicted", "others"});
    std::size_t differing = 0;
    for (const subject& network : subjects()) {
        if (network.name.find(chosen.filter) == std::string::npos
            || (!chosen.all && !fits_two_not_one(network.weight_bytes, host.cache_bytes))) {
            continue;
        }
        std::cerr << network.name << " ...\n";
        const auto results = network.run(chosen.contest, host);
        for (const bench::contestant_result& r : results) {
            add_cells(table, network, r, results.front());
            add_rows(report, network, r, results.front());
            differing += r.differing;
            if (!r.stages.empty()) {
                print_stages(network, r);
            }
        }
    }
    if (table.size() == 0) {
        std::cerr << "error: no network matches; its weights must fit the second-level caches of "
                     "two cores and not of one (--all: any)\n";
        return 2;
    }
    std::cout << '\n';
    table.print(std::cout);
    if (!chosen.json.empty()) {
        report.write(chosen.json);
    }
    if (differing > 0) {
        std::cerr << "WRONG: " << differing << " results are not those of one core\n";
        return 1;
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    options chosen;
    CLI::App app{
        "A pipeline of two cores beside one core and two replicas, BF16, batch 1, for networks "
        "whose weights fit two second-level caches and not one. Schedules take turns; medians of "
        "turns, the fastest turn, and what the cost model predicts for a core with the figures "
        "that are measured first. Exits with 1 when results differ between schedules."};
    app.add_option("--json", chosen.json, "write environment, host and rows to this file");
    app.add_option("--filter", chosen.filter, "only networks whose name has this text");
    app.add_option("--rounds", chosen.contest.rounds, "turns of each schedule; default 11")
        ->check(CLI::Range(1, 10'000));
    app.add_option("--seconds", chosen.contest.seconds, "of a turn; default 0.2")
        ->check(CLI::PositiveNumber);
    app.add_option("--singles", chosen.contest.singles,
                   "samples run alone in each turn, for the latency; default 100")
        ->check(CLI::Range(1, 1'000'000));
    app.add_option("--patience", chosen.contest.patience,
                   "seconds to wait, for each network, for turns in which no other process works; "
                   "the quietest turns count; default 30")
        ->check(CLI::NonNegativeNumber);
    app.add_option("--cache-bytes", chosen.cache_bytes,
                   "second-level cache of a core; default what the system says");
    app.add_flag("--all", chosen.all, "also networks that fit one cache, or not even two");
    app.footer(
        "A stage is pinned: where another process takes its core, the pipeline waits, while one "
        "core's thread moves away; so the turns in which others take least are those that count. "
        "\"others\" is how many cores' worth of time they took in the worst of these. CPU us is "
        "the "
        "process's CPU time for a sample, all threads, waiting that spins included.");
    try {
        app.parse(argc, argv);
        return run(chosen);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    } catch (const std::exception& fault) {
        std::cerr << "error: " << fault.what() << '\n';
        return 2;
    }
}
