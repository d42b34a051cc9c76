// SPDX-License-Identifier: MIT
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <soma/perf/statistics.hpp>

#include "sections.hpp"

namespace bench {

namespace {

namespace perf = soma::perf;
using namespace std::chrono_literals;

constexpr int clients = 4;

void measure_one(const bench_run& run, const compiled_network& network) {
    const samples images = samples_of(network);
    const auto workers = static_cast<std::size_t>(run.workers());
    std::vector<soma::run_batch> executors;
    for (std::size_t i = 0; i < workers; ++i) {
        executors.push_back(network.executor());
    }
    const double alone_ms = run_ms(executors[0], network.batch, images, 0.1);
    // One batch more or less in a turn must not matter.
    const double seconds = std::max(run.chosen.seconds, 40 * alone_ms * 1e-3);
    const int window = static_cast<int>(
        std::max<std::size_t>(2, 2 * workers * network.batch / static_cast<std::size_t>(clients)));
    // More room than there are requests: batches start when they are full, or after 1 ms.
    const service server = network.serve({.workers = static_cast<int>(workers),
                                          .in_flight = 2 * clients * window,
                                          .max_delay = 1ms,
                                          .when_full = soma::when_full::wait});
    std::vector<load_result> direct;
    std::vector<load_result> served;
    run.rounds(2, [&](std::size_t turn) {
        if (turn == 0) {
            direct.push_back(direct_loop(executors, network.batch, images, seconds));
        } else {
            served.push_back(closed_loop(server, images, {clients, window, seconds}));
        }
    });

    std::vector<double> direct_rate, rate, ratio, cpu, cpu_ratio, added, fill;
    for (std::size_t i = 0; i < served.size(); ++i) {
        direct_rate.push_back(direct[i].requests_per_s);
        rate.push_back(served[i].requests_per_s);
        ratio.push_back(rate.back() / direct_rate.back());
        cpu.push_back(served[i].cpu_us);
        cpu_ratio.push_back(direct[i].cpu_us / cpu.back());
        added.push_back(cpu.back() - direct[i].cpu_us);
        fill.push_back(served[i].batch_fill);
    }
    perf::report_row row = run.row(network, "requests/s", perf::better::higher);
    row.workload += ", saturated";
    row.soma = perf::median(rate);
    row.peers = {{"executors in a loop", perf::median(direct_rate), perf::median(ratio)}};
    row.extra = {{"target_ratio", 0.95},
                 {"run_ms", alone_ms},
                 {"clients", clients},
                 {"requests_per_client", window},
                 {"batch_fill", perf::median(fill)},
                 // Of CPU time, which neighbours on the machine change less than wall time.
                 {"cpu_ratio", perf::median(cpu_ratio)},
                 {"ratio_low", *std::min_element(ratio.begin(), ratio.end())},
                 {"ratio_high", *std::max_element(ratio.begin(), ratio.end())}};
    run.add(std::move(row));
    if (alone_ms > 1.0) {
        return;  // a request's cost is less than the noise of its model's
    }
    row = run.row(network, "us of CPU added per request", perf::better::lower);
    row.workload += ", saturated";
    row.soma = perf::median(added);
    row.extra = {{"target", 3.0},
                 {"cpu_us_per_request", perf::median(cpu)},
                 {"added_low", *std::min_element(added.begin(), added.end())},
                 {"added_high", *std::max_element(added.begin(), added.end())}};
    run.add(std::move(row));
}

}  // namespace

void measure_throughput(const bench_run& run) {
    for (auto* const networks : {digits_networks, resnet18_networks, resnet50_bf16_networks}) {
        for (const compiled_network& network : networks()) {
            if (run.wanted(network.network) && network.cores == 1) {
                measure_one(run, network);
            }
        }
    }
}

void measure_lone_client(const bench_run& run) {
    if (!run.wanted("digits")) {
        return;
    }
    for (const compiled_network& network : digits_networks()) {
        if (network.batch != 1) {
            continue;
        }
        const samples images = samples_of(network);
        const soma::run_batch executor = network.executor();
        for (const int workers : {1, run.workers()}) {
            const service server = network.serve({.workers = workers});
            std::vector<double> alone, trip, added, cpu;
            run.rounds(2, [&](std::size_t turn) {
                if (turn == 0) {
                    alone.push_back(run_ms(executor, 1, images, run.chosen.seconds) * 1e3);
                } else {
                    const load_result r = closed_loop(server, images, {1, 1, run.chosen.seconds});
                    trip.push_back(perf::median(r.latency_ms) * 1e3);
                    cpu.push_back(r.cpu_us);
                }
            });
            for (std::size_t i = 0; i < trip.size(); ++i) {
                added.push_back(trip[i] - alone[i]);
            }
            perf::report_row row =
                run.row(network, "us of latency added per request", perf::better::lower);
            row.workload += ", one client";
            row.threads = workers;
            row.soma = perf::median(added);
            row.extra = {{"run_us", perf::median(alone)},
                         {"round_trip_us", perf::median(trip)},
                         {"cpu_us_per_request", perf::median(cpu)}};
            run.add(std::move(row));
            if (run.workers() == 1) {
                break;
            }
        }
    }
}

}  // namespace bench
