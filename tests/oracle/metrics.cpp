// SPDX-License-Identifier: MIT

/// \file
/// A device with a model for each NAME that serves, and its metrics: metrics BUSY END NAME...
///
/// BUSY is written while requests are under way, END when all have ended; metrics.py says what
/// happens to them and checks both texts.

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <fstream>
#include <iostream>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <soma/perf/prometheus.hpp>
#include <soma/perf/synthetic.hpp>
#include <soma/soma.hpp>

#include <soma/runtime/device/device.hpp>

namespace {

using namespace soma;

struct net : model<input<float, 6>, layers::linear<"fc", 3>> {};
using plan = program<net, fp32, batch<4>>;

constexpr float thrown_at = -1.0F;

/// 100 requests of 1 to 7 samples that are done; then one more than `which` that are refused, two
/// that expire, and one that fails.
void serve(const model_handle& model, std::size_t which) {
    std::array<float, 7 * 6> in{};
    std::array<float, 7 * 3> out{};
    const auto ask = [&](std::size_t samples, std::size_t values, request_options options = {}) {
        const completion request = model.submit(std::span<const float>(in).first(values),
                                                std::span(out).first(samples * 3), options);
        request.wait();
    };
    for (std::size_t i = 0; i < 100; ++i) {
        ask(i % 7 + 1, (i % 7 + 1) * 6);
    }
    for (std::size_t i = 0; i <= which; ++i) {
        ask(1, 5);
    }
    for (int i = 0; i < 2; ++i) {
        ask(1, 6, {.deadline = serving_clock::now() - std::chrono::seconds(1)});
    }
    in[0] = thrown_at;
    ask(1, 6);
}

void write(const device& from, const char* path) {
    std::ofstream file(path, std::ios::binary);
    perf::write_prometheus(file, from.status());
    if (!file.flush()) {
        throw std::runtime_error(std::string("cannot write ") + path);
    }
}

void run(int argc, char** argv) {
    device served(inf1_6xlarge, "2,2");
    const weights<net> trained(perf::synthetic_parameters<net>(1));
    const server_processing picky{.before = [](std::span<const float> from, std::span<float> to) {
        if (from[0] == thrown_at) {
            throw std::runtime_error("a sample that cannot be prepared");
        }
        std::copy(from.begin(), from.end(), to.begin());
    }};
    std::vector<std::thread> clients;
    for (int i = 3; i < argc; ++i) {
        clients.emplace_back(
            serve, served.load<plan>(trained, {.name = argv[i], .server = {.workers = 2}}, picky),
            static_cast<std::size_t>(i - 3));
    }
    write(served, argv[1]);
    for (std::thread& each : clients) {
        each.join();
    }
    write(served, argv[2]);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc < 4) {
            throw std::invalid_argument("usage: metrics BUSY END NAME...");
        }
        run(argc, argv);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "metrics: " << error.what() << '\n';
        return 2;
    }
}
