// SPDX-License-Identifier: MIT
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <soma/perf/statistics.hpp>
#include <soma/perf/table.hpp>

#include "sections.hpp"

namespace bench {

namespace {

namespace perf = soma::perf;
using namespace std::chrono_literals;

void measure_one(const bench_run& run, const compiled_network& network) {
    const samples images = samples_of(network);
    const soma::run_batch executor = network.executor();
    const service server = network.serve({.in_flight = 1024, .max_delay = 1ms});
    const double alone_ms = run_ms(executor, network.batch, images, 0.3);
    constexpr double loads[] = {0.05, 0.10, 0.20};
    std::vector<double> p50[3], p99[3], late[3], fill[3];
    std::uint64_t seed = 1;
    run.rounds(3, [&](std::size_t i) {
        const double rate = loads[i] * run.workers() / (alone_ms * 1e-3);
        // A p99 needs some hundreds of requests at least.
        const double seconds = std::max(run.chosen.seconds, 400 / rate);
        const load_result r = open_loop(server, images, {rate, seconds, seed++});
        p50[i].push_back(perf::percentile(r.latency_ms, 50));
        p99[i].push_back(perf::percentile(r.latency_ms, 99));
        late[i].push_back(perf::percentile(r.late_ms, 99));
    });
    for (std::size_t i = 0; i < std::size(loads); ++i) {
        perf::report_row row =
            run.row(network, "ms of p99 above a run's time", perf::better::lower);
        row.workload += ", " + perf::fixed(100 * loads[i], 0) + " % load, max_delay 1 ms";
        row.soma = perf::median(p99[i]) - alone_ms;
        row.extra = {{"target", 1.2},
                     {"load", loads[i]},
                     {"requests_per_s", loads[i] * run.workers() / (alone_ms * 1e-3)},
                     {"run_ms", alone_ms},
                     {"p50_ms", perf::median(p50[i])},
                     {"p99_ms", perf::median(p99[i])},
                     {"p99_sent_late_ms", perf::median(late[i])}};
        run.add(std::move(row));
    }
}

}  // namespace

void measure_delay(const bench_run& run) {
    for (auto* const networks : {digits_networks, resnet18_networks}) {
        for (const compiled_network& network : networks()) {
            if (network.precision == "bf16" && network.batch > 1 && network.batch < 32
                && run.wanted(network.network)) {
                measure_one(run, network);
            }
        }
    }
}

}  // namespace bench
