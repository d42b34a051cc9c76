// SPDX-License-Identifier: MIT
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <soma/perf/statistics.hpp>
#include <soma/perf/table.hpp>

#include "onnxruntime.hpp"
#include "sections.hpp"

namespace bench {

namespace {

namespace perf = soma::perf;
using namespace std::chrono_literals;

/// One way to serve a network.
struct contestant {
    std::string name;
    std::string precision;
    std::size_t batch = 1;
    service serves{};
    bool ours = false;
    bool closed_only = false;  ///< its clients run the model themselves

    // Medians over the rounds of one load.
    std::vector<double> rates{}, p50s{}, p99s{};
};

/// A network in both libraries.
struct match {
    std::string network;
    std::string onnx;
    std::vector<std::int64_t> sample;
    std::vector<compiled_network> ours;
    int clients;
};

soma::server_options options_of(int workers, std::size_t batch) {
    return {.workers = workers,
            .in_flight = static_cast<int>(std::max<std::size_t>(1024, 8 * batch)),
            .when_full = soma::when_full::wait};
}

/// What a library's session is served by: the same server that soma's programs stand behind.
service behind_server(const soma::run_batch& session,
                      const compiled_network& like,
                      std::size_t batch,
                      int workers) {
    return service_of(std::make_shared<soma::batch_server>(
        soma::batch_shape{batch, like.inputs, like.outputs},
        soma::server_plan(options_of(workers, batch), 1), soma::server_processing{},
        [session](int) { return session; }));
}

/// No server: who asks runs the model.
service run_by_clients(const soma::run_batch& session) {
    return {.submit =
                [session](std::span<const float> in, std::span<float> out, soma::request_callback) {
                    session(in.data(), out.data(), 1);
                    return soma::completion(soma::request_result{
                        soma::request_status::done, soma::request_refusal::none, nullptr});
                },
            .status = [] { return soma::server_status{}; }};
}

/// The same with executors, which have one caller at a time: whoever asks takes a free one.
service run_by_clients(const compiled_network& network, int clients) {
    struct seat {
        soma::run_batch run;
        std::atomic<bool> taken{false};
    };
    const auto seats = std::make_shared<std::vector<seat>>(static_cast<std::size_t>(clients));
    for (seat& s : *seats) {
        s.run = network.executor();
    }
    return {.submit =
                [seats](std::span<const float> in, std::span<float> out, soma::request_callback) {
                    std::size_t i = 0;
                    while ((*seats)[i].taken.exchange(true, std::memory_order_acquire)) {
                        i = (i + 1) % seats->size();
                    }
                    (*seats)[i].run(in.data(), out.data(), 1);
                    (*seats)[i].taken.store(false, std::memory_order_release);
                    return soma::completion(soma::request_result{
                        soma::request_status::done, soma::request_refusal::none, nullptr});
                },
            .status = [] { return soma::server_status{}; }};
}

std::vector<contestant> contestants_of(const bench_run& run,
                                       const onnxruntime& library,
                                       const match& m) {
    std::vector<contestant> all;
    const int cores = run.workers();
    std::size_t largest = 1;
    for (const compiled_network& network : m.ours) {
        all.push_back(
            {.name = network.cores == 1
                         ? "soma"
                         : "soma, tensor_parallel<" + std::to_string(network.cores) + ">",
             .precision = network.precision,
             .batch = network.batch,
             .serves = network.serve(options_of(std::max(1, cores / network.cores), network.batch)),
             .ours = true});
        largest = std::max(largest, network.batch);
        if (network.batch == 1 && network.cores == 1) {
            all.push_back({.name = "soma, called by its clients",
                           .precision = network.precision,
                           .batch = 1,
                           .serves = run_by_clients(network, m.clients),
                           .ours = true,
                           .closed_only = true});
        }
    }
    const compiled_network& like = m.ours.front();
    const auto outputs = static_cast<std::int64_t>(like.outputs);
    const auto one_thread = library.session(m.onnx, m.sample, outputs, 1);
    const auto all_threads = library.session(m.onnx, m.sample, outputs, cores);
    const std::string many = std::to_string(cores);
    const auto add = [&](const std::string& how, std::size_t batch, service serves,
                         bool closed_only = false) {
        all.push_back({.name = "ONNX Runtime, " + how,
                       .precision = "fp32",
                       .batch = batch,
                       .serves = std::move(serves),
                       .closed_only = closed_only});
    };
    add("called by its clients, 1 thread a run", 1, run_by_clients(one_thread), true);
    add("called by its clients, " + many + " threads a run", 1, run_by_clients(all_threads), true);
    for (const std::size_t batch : {std::size_t{1}, largest}) {
        const std::string of = ", batch " + std::to_string(batch);
        add(many + " runs of 1 thread" + of, batch, behind_server(one_thread, like, batch, cores));
        add("1 run of " + many + " threads" + of, batch,
            behind_server(all_threads, like, batch, 1));
    }
    return all;
}

/// Whether all give nearly the same results for some samples.
bool outputs_agree(const std::vector<contestant>& all, const samples& images) {
    std::vector<float> expected;
    bool agree = true;
    for (const contestant& c : all) {
        std::vector<float> results;
        for (std::size_t i = 0; i < std::min<std::size_t>(images.count(), 4); ++i) {
            std::vector<float> out(images.outputs);
            static_cast<void>(c.serves.submit(images[i], out, {}).wait());
            results.insert(results.end(), out.begin(), out.end());
        }
        if (expected.empty()) {
            expected = results;
        }
        double worst = 0.0;
        double largest = 0.0;
        for (std::size_t i = 0; i < results.size(); ++i) {
            worst = std::max(worst, static_cast<double>(std::abs(results[i] - expected[i])));
            largest = std::max(largest, static_cast<double>(std::abs(expected[i])));
        }
        // FP32 sums in another order; bf16 rounds each activation to 8 bits.
        const double allowed = c.precision == "fp32" ? 1e-4 : 5e-2;
        if (!(worst <= allowed * largest)) {
            std::fprintf(stderr, "WRONG: %s, %s: results differ by %g of %g\n", c.name.c_str(),
                         c.precision.c_str(), worst, largest);
            agree = false;
        }
    }
    return agree;
}

/// Ours in one precision beside theirs, each in its best way for this metric.
void add_rows(const bench_run& run,
              const match& m,
              const std::vector<contestant>& all,
              const std::string& load,
              bool closed) {
    struct metric {
        std::string name;
        perf::better direction;
        std::vector<double> contestant::* values;
    };
    // A client that runs the model itself waits for a core before it asks, not after: what closed
    // loops show of latency flatters it. Open loops show it.
    const std::vector<metric> metrics =
        closed ? std::vector<metric>{{"requests/s", perf::better::higher, &contestant::rates}}
               : std::vector<metric>{{"p99 ms", perf::better::lower, &contestant::p99s},
                                     {"p50 ms", perf::better::lower, &contestant::p50s}};
    for (const metric& what : metrics) {
        const auto value = [&](const contestant& c) { return perf::median(c.*what.values); };
        const auto better = [&](const contestant& x, const contestant& y) {
            return what.direction == perf::better::higher ? value(x) > value(y)
                                                          : value(x) < value(y);
        };
        for (const char* const precision : {"fp32", "bf16"}) {
            const contestant* ours = nullptr;
            const contestant* theirs = nullptr;
            std::vector<perf::peer_result> peers;
            for (const contestant& c : all) {
                if ((c.*what.values).empty() || (c.ours && c.precision != precision)) {
                    continue;
                }
                const contestant*& best = c.ours ? ours : theirs;
                best = best == nullptr || better(c, *best) ? &c : best;
                if (!c.ours) {
                    peers.push_back({c.name, value(c)});
                }
            }
            if (ours == nullptr || theirs == nullptr) {
                continue;
            }
            std::vector<double> ratios;
            for (std::size_t i = 0; i < (ours->*what.values).size(); ++i) {
                const double x = (ours->*what.values)[i];
                const double y = (theirs->*what.values)[i];
                ratios.push_back(what.direction == perf::better::higher ? x / y : y / x);
            }
            for (perf::peer_result& peer : peers) {
                peer.paired_ratio =
                    peer.name == theirs->name ? perf::median(ratios) : peer.paired_ratio;
            }
            perf::report_row row = run.row(m.ours.front(), what.name, what.direction);
            row.workload = m.network + ", " + load;
            row.precision = precision;
            row.batch = static_cast<int>(ours->batch);
            row.soma = value(*ours);
            row.peers = std::move(peers);
            row.extra = {{"peer_precision", "fp32"}, {"way", ours->name}};
            run.add(std::move(row));
        }
    }
}

void measure_match(bench_run& run, const onnxruntime& library, const match& m) {
    const samples images = samples_of(m.ours.front());
    std::vector<contestant> all = contestants_of(run, library, m);
    run.progress(m.network + ": comparing results");
    run.agree = outputs_agree(all, images) && run.agree;

    const auto measure = [&](const std::function<load_result(const contestant&)>& load,
                             bool closed) {
        for (contestant& c : all) {
            c.rates.clear();
            c.p50s.clear();
            c.p99s.clear();
        }
        run.rounds(all.size(), [&](std::size_t i) {
            contestant& c = all[i];
            if (c.closed_only && !closed) {
                return;
            }
            run.progress(m.network + ": " + c.name + ", " + c.precision);
            const load_result r = load(c);
            c.rates.push_back(r.requests_per_s);
            c.p50s.push_back(perf::percentile(r.latency_ms, 50));
            c.p99s.push_back(perf::percentile(r.latency_ms, 99));
        });
    };
    // The peer answers a request in tens of ms: a turn has some hundreds of them.
    const double seconds = m.network == "digits" ? run.chosen.seconds : 4 * run.chosen.seconds;
    measure(
        [&](const contestant& c) { return closed_loop(c.serves, images, {m.clients, 1, seconds}); },
        true);
    add_rows(run, m, all, std::to_string(m.clients) + " clients that wait", true);
    double theirs = 0.0;
    for (const contestant& c : all) {
        theirs = c.ours || c.closed_only ? theirs : std::max(theirs, perf::median(c.rates));
    }
    // Ways of the peer that fall behind when saturated are not its best under less load either.
    for (contestant& c : all) {
        c.closed_only = c.closed_only || (!c.ours && perf::median(c.rates) < 0.85 * theirs);
    }
    for (const double share : {0.3, 0.6}) {
        const double rate = share * theirs;
        std::uint64_t seed = 0;
        measure(
            [&](const contestant& c) {
                return open_loop(c.serves, images,
                                 {rate, std::max(seconds, 150 / rate), 1 + seed++ / all.size()});
            },
            false);
        add_rows(run, m, all,
                 perf::fixed(rate, 0) + " requests/s, " + perf::fixed(100 * share, 0)
                     + " % of the peer's most",
                 false);
    }
}

}  // namespace

void measure_peers(bench_run& run) {
    if (run.chosen.onnxruntime.empty()) {
        std::fputs("no rows beside ONNX Runtime: it is not installed (--onnxruntime)\n", stderr);
        return;
    }
    const onnxruntime library(run.chosen.onnxruntime);
    const auto all_but_largest = [](std::vector<compiled_network> networks) {
        std::erase_if(networks, [](const compiled_network& n) { return n.batch > 8; });
        return networks;
    };
    if (run.wanted("digits")) {
        measure_match(run, library,
                      {"digits",
                       SOMA_SOURCE_DIR "/examples/digits/data/digits_resnet.onnx",
                       {1, 8, 8},
                       all_but_largest(digits_networks()),
                       16});
    }
    if (run.wanted("resnet50") && !run.chosen.resnet50_onnx.empty()) {
        match m{"resnet50", run.chosen.resnet50_onnx, {3, 224, 224}, resnet50_networks(), 8};
        for (compiled_network& network : resnet50_bf16_networks()) {
            m.ours.push_back(std::move(network));
        }
        measure_match(run, library, m);
    }
}

}  // namespace bench
