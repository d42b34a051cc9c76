// SPDX-License-Identifier: MIT
#include "traffic.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <random>
#include <thread>

namespace serve_many {

namespace {

using clock = soma::serving_clock;

/// One request's times, written by the worker that ends it.
struct record {
    clock::time_point due{};
    double latency_ms = 0.0;
    soma::request_status status = soma::request_status::pending;
};

/// When requests are due, counted from zero.
std::vector<std::chrono::nanoseconds> arrivals(double rate, double seconds, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<std::chrono::nanoseconds> all;
    all.reserve(static_cast<std::size_t>(rate * seconds * 1.2) + 64);
    for (double at = 0.0;;) {
        const double u = static_cast<double>(random() >> 11) * 0x1p-53;
        at += -std::log1p(-u) / rate;
        if (at >= seconds) {
            return all;
        }
        all.emplace_back(std::llround(at * 1e9));
    }
}

std::vector<record> one_client(const soma::model_handle& model,
                               std::span<const float> samples,
                               std::size_t first,
                               const std::vector<std::chrono::nanoseconds>& due) {
    const std::size_t inputs = model.sample_inputs();
    const std::size_t outputs = model.sample_outputs();
    const std::size_t count = samples.size() / inputs;
    // More than can be in flight: results of two requests never meet.
    constexpr std::size_t places = 1024;
    std::vector<float> out(places * outputs);
    std::vector<record> records(due.size());
    std::atomic<std::size_t> ended = 0;
    const auto start = clock::now();
    for (std::size_t i = 0; i < due.size(); ++i) {
        record& r = records[i];
        r.due = start + due[i];
        std::this_thread::sleep_until(r.due);
        static_cast<void>(model.submit(
            samples.subspan((first + i) % count * inputs, inputs),
            std::span(out).subspan(i % places * outputs, outputs), {},
            [&r, &ended](const soma::request_result& result) {
                r.latency_ms =
                    std::chrono::duration<double, std::milli>(clock::now() - r.due).count();
                r.status = result.status;
                ended.fetch_add(1);
            }));
    }
    while (ended.load() < due.size()) {
        std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    return records;
}

}  // namespace

double experience::percentile(double p) const noexcept {
    if (latency_ms.empty()) {
        return 0.0;
    }
    const double rank = std::ceil(p * static_cast<double>(latency_ms.size()));
    return latency_ms[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

experience send(const soma::model_handle& model,
                std::span<const float> samples,
                demand asked,
                double seconds) {
    const auto clients = static_cast<std::size_t>(asked.clients);
    std::vector<std::vector<record>> records(clients);
    {
        std::vector<std::jthread> threads;
        for (std::size_t c = 0; c < clients; ++c) {
            threads.emplace_back([&, c] {
                records[c] = one_client(
                    model, samples, c * 7,
                    arrivals(asked.rate / asked.clients, seconds, asked.seed * 1000 + c));
            });
        }
    }
    experience seen;
    for (const auto& of_one : records) {
        for (const record& r : of_one) {
            ++seen.counts.submitted;
            seen.counts.count(r.status);
            if (r.status == soma::request_status::done) {
                seen.latency_ms.push_back(r.latency_ms);
            }
        }
    }
    std::sort(seen.latency_ms.begin(), seen.latency_ms.end());
    return seen;
}

}  // namespace serve_many
