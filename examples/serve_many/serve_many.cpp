// SPDX-License-Identifier: MIT

/// \file
/// Threads of clients against two models on one device: the distribution of latencies under a
/// batch, a pipeline and a replicate schedule.
///
///     serve_many --networks digits,resnet20 --rates 2000,200 --seconds 5
///
/// Ends with 0; with 1 if server and clients disagree on what became of a request; with 2 if the
/// arguments make no sense.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <soma/hardware/instances.hpp>
#include <soma/io/replacing_file.hpp>
#include <soma/perf/environment.hpp>
#include <soma/perf/prometheus.hpp>
#include <soma/perf/trace_events.hpp>
#include <soma/runtime/threads/cores.hpp>

#include "serve_many/networks.hpp"
#include "serve_many/report.hpp"
#include "serve_many/traffic.hpp"
#include "support/metrics_endpoint.hpp"

namespace {

using namespace serve_many;

/// The command line makes no sense.
struct bad_input : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct options {
    std::vector<std::string> networks = {"digits", "resnet20"};
    std::vector<double> rates = {2000.0, 200.0};
    int clients = 2;
    double seconds = 3.0;
    double delay_us = 200.0;
    std::uint64_t seed = 1;
    std::string json, svg, trace;
    int metrics = -1;  ///< port; none
};

/// Reads the command line; throws `bad_input`, or `CLI::CallForHelp` when asked for help.
options read_arguments(int argc, char** argv, CLI::App& app) {
    options chosen;
    std::string known;
    for (const known_network& n : known_networks) {
        known.append(known.empty() ? "" : "; ").append(n.name).append(": ").append(n.about);
    }
    app.add_option("--networks", chosen.networks, "what is served, side by side; " + known)
        ->delimiter(',')
        ->capture_default_str();
    app.add_option("--rates", chosen.rates,
                   "requests per second of each network's clients together")
        ->delimiter(',')
        ->capture_default_str();
    app.add_option("--clients", chosen.clients, "threads of clients for each network")
        ->capture_default_str();
    app.add_option("--seconds", chosen.seconds, "how long each schedule is measured")
        ->capture_default_str();
    app.add_option("--max-delay-us", chosen.delay_us,
                   "how long a request waits for others to fill its batch")
        ->capture_default_str();
    app.add_option("--seed", chosen.seed, "of the arrivals")->capture_default_str();
    app.add_option("--json", chosen.json, "write environment and rows to this file, too");
    app.add_option("--svg", chosen.svg, "draw latency over percentiles to this file");
    app.add_option("--trace", chosen.trace,
                   "write what each core and request did, for ui.perfetto.dev: a file for each "
                   "schedule, NAME-1.json to NAME-3.json for NAME.json");
    const CLI::Option* const metrics = app.add_option(
        "--metrics", chosen.metrics,
        "serve http://127.0.0.1:PORT/metrics for Prometheus and for examples/top; 0: any port");
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        throw;
    } catch (const CLI::ParseError& error) {
        throw bad_input(error.what());
    }
    for (std::size_t i = 0; i < chosen.networks.size(); ++i) {
        const std::string& name = chosen.networks[i];
        if (std::none_of(known_networks.begin(), known_networks.end(),
                         [&](const known_network& n) { return n.name == name; })) {
            throw bad_input("--networks: there is no '" + name + "'; there are " + known);
        }
        if (std::count(chosen.networks.begin(), chosen.networks.end(), name) > 1) {
            throw bad_input("--networks: '" + name + "' is there twice");
        }
    }
    if (chosen.rates.size() != chosen.networks.size()) {
        throw bad_input("--rates: expected one for each of "
                        + std::to_string(chosen.networks.size()) + " networks, got "
                        + std::to_string(chosen.rates.size()));
    }
    for (const double rate : chosen.rates) {
        if (!(rate > 0 && rate <= 1e6)) {
            throw bad_input("--rates: expected numbers above 0, up to 1000000");
        }
    }
    if (!(chosen.seconds > 0 && chosen.seconds <= 86400)) {
        throw bad_input("--seconds: expected a number above 0, up to 86400");
    }
    if (metrics->count() > 0 && !(chosen.metrics >= 0 && chosen.metrics <= 65535)) {
        throw bad_input("--metrics: expected a port from 0 to 65535");
    }
    if (!(chosen.clients >= 1 && chosen.clients <= 1000)) {
        throw bad_input("--clients: expected a number from 1 to 1000");
    }
    if (!(chosen.delay_us >= 0 && chosen.delay_us <= 1e6)) {
        throw bad_input("--max-delay-us: expected a number from 0 to 1000000");
    }
    return chosen;
}

/// The machine itself; where it has one core, two modelled ones, whose threads take turns on it.
soma::device_layout layout() {
    return soma::available_cores() > 1 ? soma::device_layout::of_host("")
                                       : soma::device_layout(soma::inf1_xlarge, "2");
}

/// The device that serves now, for whoever asks for its metrics.
class shown_device {
public:
    void show(const soma::device* device) {
        const std::lock_guard lock(mutex_);
        device_ = device;
    }
    /// Empty between two devices.
    [[nodiscard]] std::string metrics() {
        const std::lock_guard lock(mutex_);
        std::ostringstream text;
        if (device_ != nullptr) {
            soma::perf::write_prometheus(text, device_->status());
        }
        return text.str();
    }

private:
    std::mutex mutex_;
    const soma::device* device_ = nullptr;
};

void write_file(const std::string& path, const std::string& text) {
    soma::io::replacing_file file(path);
    file.write(text);
    file.commit();
}

/// `NAME-1.json` for `NAME.json`.
std::string numbered(const std::string& path, std::size_t number) {
    const std::filesystem::path whole(path);
    return (whole.parent_path()
            / (whole.stem().string() + "-" + std::to_string(number) + whole.extension().string()))
        .string();
}

/// All networks at the same time under one schedule.
std::vector<row> measure(const options& chosen,
                         const std::vector<network>& networks,
                         std::size_t schedule,
                         shown_device& shown) {
    constexpr int traced_events = 200'000;
    soma::device device(layout());
    std::vector<soma::model_handle> models;
    std::vector<row> rows;
    for (std::size_t i = 0; i < networks.size(); ++i) {
        models.push_back(networks[i].load(
            device, schedule,
            {.name = std::string(networks[i].name),
             .server = {.in_flight = 256,
                        .max_delay = std::chrono::nanoseconds(
                            static_cast<std::int64_t>(chosen.delay_us * 1e3)),
                        .timeline_events = chosen.trace.empty() ? 0 : traced_events}}));
        rows.push_back({.schedule = schedules[schedule],
                        .network = networks[i].name,
                        .asked = {chosen.rates[i], chosen.clients, chosen.seed + i}});
    }
    shown.show(&device);
    const auto before = device.status();
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < networks.size(); ++i) {
            threads.emplace_back([&, i] {
                const auto start = soma::serving_clock::now();
                rows[i].seen = send(models[i], networks[i].samples, rows[i].asked, chosen.seconds);
                rows[i].seconds =
                    std::chrono::duration<double>(soma::serving_clock::now() - start).count();
            });
        }
    }
    const auto after = device.status();
    shown.show(nullptr);
    if (!chosen.trace.empty()) {
        std::ostringstream text;
        soma::perf::write_trace(text, device);
        write_file(numbered(chosen.trace, schedule + 1), text.str());
    }
    double busy = 0.0;
    std::size_t cores = 0;
    std::uint64_t switches = 0;
    for (std::size_t g = 0; g < after.groups.size(); ++g) {
        switches += after.groups[g].context_switches - before.groups[g].context_switches;
        for (std::size_t c = 0; c < after.groups[g].cores.size(); ++c, ++cores) {
            busy += soma::utilisation(before.groups[g].cores[c], after.groups[g].cores[c],
                                      after.uptime - before.uptime);
        }
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        models[i].unload();  // now all that ran has been counted
        rows[i].served = models[i].status().serving;
        rows[i].context_switches = switches;
        rows[i].busy = busy / static_cast<double>(std::max<std::size_t>(cores, 1));
    }
    return rows;
}

int run(const options& chosen) {
    const soma::perf::environment machine = soma::perf::read_environment();
    std::cout << machine << "device      " << layout().where().name << ", a group of "
              << layout().group(0).cores << " cores\n"
              << "clients     " << chosen.clients
              << " for each network, single samples, Poisson arrivals; latency counts from when a "
                 "request was due\n\n"
              << std::flush;
    std::vector<network> networks;
    for (const std::string& name : chosen.networks) {
        networks.push_back(
            std::find_if(known_networks.begin(), known_networks.end(), [&](const known_network& n) {
                return n.name == name;
            })->make());
    }
    shown_device shown;
    std::unique_ptr<examples::metrics_endpoint> endpoint;
    if (chosen.metrics >= 0) {
        endpoint = std::make_unique<examples::metrics_endpoint>(
            chosen.metrics, [&shown] { return shown.metrics(); });
        std::cerr << "metrics at http://127.0.0.1:" << endpoint->port() << "/metrics\n";
    }
    std::vector<row> rows;
    for (std::size_t s = 0; s < schedules.size(); ++s) {
        std::cerr << s + 1 << '/' << schedules.size() << ' ' << schedules[s] << ", "
                  << chosen.seconds << " s\n";
        for (row& r : measure(chosen, networks, s, shown)) {
            rows.push_back(std::move(r));
        }
    }
    print(std::cout, rows);
    if (!chosen.json.empty()) {
        write_file(chosen.json, json_of(machine, rows));
    }
    if (!chosen.svg.empty()) {
        write_file(chosen.svg, svg_of(rows));
    }
    return std::all_of(rows.begin(), rows.end(), [](const row& r) { return r.accounted_for(); })
               ? 0
               : 1;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{
        "Clients with Poisson arrivals against several models on one device: latencies under a "
        "batch, a pipeline and a replicate schedule.",
        "serve_many"};
    try {
        return run(read_arguments(argc, argv, app));
    } catch (const CLI::CallForHelp&) {
        std::cout << app.help();
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "serve_many: " << error.what() << '\n';
        return 2;
    }
}
