// SPDX-License-Identifier: MIT
#include "clients.hpp"

#include <sys/prctl.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>

#include <soma/perf/clock.hpp>
#include <soma/perf/statistics.hpp>

namespace bench {

namespace {

namespace perf = soma::perf;
using clock = soma::serving_clock;
using std::chrono::duration;

/// A counter on a line of its own.
struct alignas(64) counter {
    std::atomic<std::uint64_t> value{0};
};

constexpr double warm_up_share = 0.15;

/// Lets threads that count warm up, and measures what they do afterwards.
load_result measure(const std::vector<counter>& counters, double seconds) {
    const auto total = [&] {
        std::uint64_t sum = 0;
        for (const counter& c : counters) {
            sum += c.value.load(std::memory_order_relaxed);
        }
        return sum;
    };
    std::this_thread::sleep_for(duration<double>(warm_up_share * seconds));
    const std::uint64_t before = total();
    const auto cpu = perf::process_cpu_clock::now();
    const auto start = perf::wall_clock::now();
    std::this_thread::sleep_for(duration<double>(seconds));
    const auto count = static_cast<double>(total() - before);
    const double elapsed = perf::seconds_between(start, perf::wall_clock::now());
    return {.requests_per_s = count / elapsed,
            .cpu_us = perf::seconds_between(cpu, perf::process_cpu_clock::now()) * 1e6
                      / std::max(count, 1.0)};
}

double ms_since(clock::time_point start) {
    return duration<double, std::milli>(clock::now() - start).count();
}

}  // namespace

load_result closed_loop(const service& to, const samples& from, closed_load load) {
    struct request {
        soma::completion handle;
        std::vector<float> out;
        clock::time_point sent;
        bool under_way = false;
    };
    const auto clients = static_cast<std::size_t>(load.clients);
    std::vector<counter> counters(clients);
    std::vector<std::vector<double>> latencies(clients);
    std::atomic<bool> stop = false;
    std::atomic<int> not_done = 0;
    std::vector<std::jthread> threads;
    for (std::size_t client = 0; client < clients; ++client) {
        threads.emplace_back([&, client] {
            std::vector<request> window(static_cast<std::size_t>(load.window));
            for (request& r : window) {
                r.out.resize(from.outputs);
            }
            std::vector<double>& own = latencies[client];
            own.reserve(1 << 20);
            const auto answer = [&](request& r) {
                if (r.under_way) {
                    not_done += r.handle.wait() == soma::request_status::done ? 0 : 1;
                    r.under_way = false;
                    if (own.size() < own.capacity()) {
                        own.push_back(ms_since(r.sent));
                    }
                    counters[client].value.fetch_add(1, std::memory_order_relaxed);
                }
            };
            for (std::size_t i = client; !stop.load(std::memory_order_relaxed); ++i) {
                request& r = window[i % window.size()];
                answer(r);
                r.sent = clock::now();
                r.handle = to.submit(from[i], r.out, {});
                r.under_way = true;
            }
            std::for_each(window.begin(), window.end(), answer);
        });
    }
    load_result result = measure(counters, load.seconds);
    stop = true;
    threads.clear();
    if (not_done != 0) {
        throw std::runtime_error(std::to_string(not_done) + " requests were not done");
    }
    for (const auto& own : latencies) {  // without those of the warm-up
        const auto first = static_cast<std::ptrdiff_t>(static_cast<double>(own.size())
                                                       * warm_up_share / (1.0 + warm_up_share));
        result.latency_ms.insert(result.latency_ms.end(), own.begin() + first, own.end());
    }
    result.batch_fill = to.status().batch_fill();
    return result;
}

load_result direct_loop(std::span<const soma::run_batch> executors,
                        std::size_t batch,
                        const samples& from,
                        double seconds) {
    std::vector<counter> counters(executors.size());
    std::atomic<bool> stop = false;
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < executors.size(); ++i) {
        threads.emplace_back([&, i] {
            std::vector<float> out(batch * from.outputs);
            while (!stop.load(std::memory_order_relaxed)) {
                executors[i](from.values.data(), out.data(), batch);
                counters[i].value.fetch_add(batch, std::memory_order_relaxed);
            }
        });
    }
    const load_result result = measure(counters, seconds);
    stop = true;
    return result;
}

load_result open_loop(const service& to, const samples& from, open_load load) {
    const auto count = static_cast<std::size_t>(std::max(1.0, load.rate * load.seconds));
    // Results of requests that are under way at the same time lie apart.
    constexpr std::size_t most_under_way = 4096;
    std::vector<float> out(std::min(count, most_under_way) * from.outputs);
    load_result result;
    result.latency_ms.resize(count);
    result.late_ms.resize(count);
    std::atomic<std::size_t> finished = 0;
    std::atomic<std::size_t> not_done = 0;

    std::mt19937_64 random(load.seed);
    const auto gap = [&] {
        const double u = static_cast<double>(random() >> 11) * 0x1p-53;
        return std::chrono::nanoseconds(std::llround(-std::log1p(-u) / load.rate * 1e9));
    };
    // A sleeping thread is woken on time, not up to 50 us later; this thread's old slack returns.
    const int slack = ::prctl(PR_GET_TIMERSLACK);
    static_cast<void>(::prctl(PR_SET_TIMERSLACK, 1UL));
    const auto cpu = perf::process_cpu_clock::now();
    const auto start = clock::now();
    auto due = start;
    for (std::size_t i = 0; i < count; ++i) {
        due += gap();
        if (clock::now() < due) {
            std::this_thread::sleep_until(due);
        }
        result.late_ms[i] = ms_since(due);
        double* const latency = &result.latency_ms[i];
        const auto place = (i % most_under_way) * from.outputs;
        static_cast<void>(
            to.submit(from[i], std::span(out).subspan(place, from.outputs),
                      [latency, due, &finished, &not_done](const soma::request_result& r) {
                          *latency = ms_since(due);
                          not_done.fetch_add(r.status == soma::request_status::done ? 0U : 1U);
                          finished.fetch_add(1);
                      }));
        if (i + 1 - finished.load() > most_under_way / 2) {
            while (finished.load() < i + 1) {
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            }
            throw std::runtime_error("the service cannot keep up with " + std::to_string(load.rate)
                                     + " requests/s");
        }
    }
    while (finished.load() < count) {
        std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    const double elapsed = perf::seconds_between(start, clock::now());
    static_cast<void>(::prctl(PR_SET_TIMERSLACK, static_cast<unsigned long>(slack)));
    if (not_done != 0) {
        throw std::runtime_error(std::to_string(not_done) + " requests were not done");
    }
    result.requests_per_s = static_cast<double>(count) / elapsed;
    result.cpu_us = perf::seconds_between(cpu, perf::process_cpu_clock::now()) * 1e6
                    / static_cast<double>(count);
    result.batch_fill = to.status().batch_fill();
    return result;
}

double run_ms(const soma::run_batch& executor,
              std::size_t batch,
              const samples& from,
              double seconds) {
    std::vector<float> out(batch * from.outputs);
    executor(from.values.data(), out.data(), batch);
    std::vector<double> times;
    const auto start = clock::now();
    do {
        const auto run = clock::now();
        executor(from.values.data(), out.data(), batch);
        times.push_back(ms_since(run));
    } while (ms_since(start) < seconds * 1e3 || times.size() < 5);
    return perf::median(times);
}

}  // namespace bench
