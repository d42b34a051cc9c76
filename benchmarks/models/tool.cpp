// SPDX-License-Identifier: MIT
//
// What the driver needs of the library's measuring tools:
//
//     environment                   prints the machine and the build as JSON
//     peak THREADS                  answers `measure` with the arithmetic peak
//     plot FILE TITLE PEER          reads lines "LABEL <tab> OURS <tab> PEER", writes an SVG

#include <atomic>
#include <cstddef>
#include <exception>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <soma/perf/environment.hpp>
#include <soma/perf/json_report.hpp>
#include <soma/perf/peak.hpp>
#include <soma/perf/statistics.hpp>

#include "kernels/plot.hpp"
#include "models/serve.hpp"

namespace {

namespace perf = soma::perf;

/// The peak of all threads together, in GFLOP/s; each measures on a clock of its own.
int serve_peak(std::size_t threads) {
    std::vector<perf::peak_meter<soma::simd::native>> meters(threads);
    const auto rate_of = [&](auto rate) {
        std::vector<double> rates(threads);
        std::atomic<std::size_t> arrived{0};
        const auto measure = [&](std::size_t t) {
            for (++arrived; arrived < threads;) {
            }
            rates[t] = rate(meters[t]);
        };
        {
            std::vector<std::jthread> others;
            for (std::size_t t = 1; t < threads; ++t) {
                others.emplace_back(measure, t);
            }
            measure(0);
        }
        double sum = 0.0;
        for (const double one : rates) {
            sum += one * 1e-9;
        }
        return sum;
    };
    bench::contestant who;
    who.description = {{"isa", soma::simd::native::name}, {"threads", threads}};
    who.measure = [&](int count) {
        std::vector<double> fp32;
        std::vector<double> bf16;
        for (int i = 0; i < count; ++i) {
            fp32.push_back(rate_of([](auto& meter) { return meter.fp32(); }));
            bf16.push_back(rate_of([](auto& meter) { return meter.bf16(); }));
        }
        return nlohmann::ordered_json{{"fp32", perf::median(fp32)}, {"bf16", perf::median(bf16)}};
    };
    return bench::serve(who);
}

int draw(const std::string& path, const std::string& title, const std::string& peer) {
    std::vector<bench::bar> bars;
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream fields(line);
        bench::bar one;
        std::getline(fields, one.label, '\t');
        if (!(fields >> one.ours >> one.peer)) {
            std::cerr << "error: not a bar: " << line << '\n';
            return 2;
        }
        bars.push_back(one);
    }
    bench::write_bar_plot(path, title, peer, bars);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    try {
        if (arguments.size() == 1 && arguments[0] == "environment") {
            std::cout << nlohmann::ordered_json(perf::read_environment()).dump() << '\n';
            return 0;
        }
        if (arguments.size() == 2 && arguments[0] == "peak") {
            return serve_peak(std::stoul(arguments[1]));
        }
        if (arguments.size() == 4 && arguments[0] == "plot") {
            return draw(arguments[1], arguments[2], arguments[3]);
        }
        std::cerr << "usage: environment | peak THREADS | plot FILE TITLE PEER\n";
    } catch (const std::exception& fault) {
        std::cerr << "error: " << fault.what() << '\n';
    }
    return 2;
}
