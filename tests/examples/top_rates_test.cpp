// SPDX-License-Identifier: MIT
#include "../examples/top/rates.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <soma/perf/prometheus.hpp>

#include "../examples/top/parse.hpp"
#include "support/catch.hpp"

using namespace top;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

namespace {

bool near(double got, double want, double share = 1e-9) {
    return std::abs(got - want) <= share * std::abs(want);
}

reading reading_of(const soma::device_status& device) {
    std::ostringstream text;
    soma::perf::write_prometheus(text, device);
    return read(parse(text.str()));
}

soma::device_status quiet_device() {
    soma::device_status device;
    device.instance = "host";
    device.uptime = 10s;
    device.groups.push_back({.first_core = 0, .cores = {{1s}, {2s}}, .context_switches = 5});
    device.groups.push_back({.first_core = 2, .cores = {{0s}}, .context_switches = 0});
    soma::model_status model;
    model.name = "one";
    model.program = "bf16, batch<4>";
    model.group = 1;
    model.cores = 2;
    model.serving.requests = {
        .submitted = 100, .done = 60, .refused = 10, .cancelled = 10, .expired = 10, .failed = 10};
    model.serving.samples = 60;
    model.serving.padding = 7;
    model.serving.latency.record(1h);
    model.memory = {.weights = 1000, .activations = 200, .requests = 30, .timeline = 4};
    device.models.push_back(model);
    device.memory = model.memory;
    return device;
}

}  // namespace

TEST_CASE("two readings make rates of the time between them", "[examples][top]") {
    soma::device_status device = quiet_device();
    const reading before = reading_of(device);
    device.uptime += 2s;
    device.groups[0].cores[0].busy += 500ms;
    device.groups[0].cores[1].busy += 2s;
    device.groups[0].context_switches += 7;
    soma::server_status& serving = device.models[0].serving;
    serving.requests = {
        .submitted = 200, .done = 100, .refused = 12, .cancelled = 14, .expired = 16, .failed = 18};
    serving.samples += 30;
    serving.padding += 10;
    serving.in_flight = 3;
    serving.queued_requests = 2;
    serving.queued_samples = 9;
    for (int i = 0; i < 40; ++i) {
        serving.latency.record(1ms);
    }
    const rates now = between(before, reading_of(device));

    CHECK(now.instance == "host");
    CHECK(now.uptime == 12);
    CHECK(now.interval == 2);
    REQUIRE(now.cores.size() == 3);
    CHECK(near(now.cores[0].busy, 0.25));
    CHECK(near(now.cores[1].busy, 1));
    CHECK(now.cores[2].busy == 0);
    CHECK(now.cores[2].group == 1);
    CHECK(now.switches.at(0) == 3.5);
    CHECK(now.switches.at(1) == 0);
    REQUIRE(now.models.size() == 1);
    const model_rates& model = now.models[0];
    CHECK(model.name == "one");
    CHECK(model.program == "bf16, batch<4>");
    CHECK(model.group == 1);
    CHECK(model.cores == 2);
    CHECK(model.done == 20);
    CHECK(model.refused == 1);
    CHECK(model.cancelled == 2);
    CHECK(model.expired == 3);
    CHECK(model.failed == 4);
    CHECK(model.samples == 15);
    CHECK(near(model.fill, 0.75));
    CHECK(model.in_flight == 3);
    CHECK(model.queued_requests == 2);
    CHECK(model.queued_samples == 9);
    // The hour before is not of this interval. 1 ms is in the bucket from 0.786 to 1.049 ms.
    CHECK(near(model.p50, 0.000917504, 1e-3));
    CHECK(model.p99 > model.p50);
    CHECK(model.p99 < 0.0010486);
    CHECK(model.bytes == memory{1000, 200, 30, 4});
    CHECK(now.bytes == memory{1000, 200, 30, 4});
}

TEST_CASE("an interval without requests has no percentiles", "[examples][top]") {
    soma::device_status device = quiet_device();
    const reading before = reading_of(device);
    device.uptime += 1s;
    const rates now = between(before, reading_of(device));
    CHECK(now.models[0].done == 0);
    CHECK(std::isnan(now.models[0].p50));
    CHECK(std::isnan(now.models[0].p99));
    CHECK(std::isnan(now.models[0].fill));
    // Nor is anything divided by an interval of nothing.
    CHECK(between(before, before).models[0].done == 0);
    CHECK(between(before, before).cores[0].busy == 0);
}

TEST_CASE("a model that was loaded again counts from its beginning", "[examples][top]") {
    soma::device_status device = quiet_device();
    const reading before = reading_of(device);
    device.uptime += 2s;
    device.models[0].serving.requests = {.submitted = 8, .done = 8};
    device.models[0].serving.latency = {};
    soma::model_status fresh = device.models[0];
    fresh.name = "two";
    device.models.push_back(fresh);
    const rates now = between(before, reading_of(device));
    REQUIRE(now.models.size() == 2);
    CHECK(now.models[0].done == 4);
    CHECK(now.models[1].done == 4);
    CHECK(now.models[0].failed == 0);
    CHECK(std::isnan(now.models[0].p50));
    device.models.clear();
    CHECK(between(before, reading_of(device)).models.empty());
}

TEST_CASE("a device that was opened again is compared with its beginning", "[examples][top]") {
    soma::device_status device = quiet_device();
    device.uptime = 1000s;
    const reading before = reading_of(device);
    const rates now = between(before, reading_of(quiet_device()));
    CHECK(now.interval == 10);
    CHECK(now.models[0].done == 6);
    CHECK(near(now.cores[1].busy, 0.2));
}

TEST_CASE("percentiles of buckets are near those of the times", "[examples][top]") {
    std::mt19937 random(3);
    soma::latency_histogram times;
    std::vector<double> sorted;
    for (int i = 0; i < 20000; ++i) {
        const double us = std::exp(std::normal_distribution<>(6, 1)(random));
        times.record(nanoseconds(static_cast<std::int64_t>(us * 1000)));
        sorted.push_back(us * 1e-6);
    }
    std::sort(sorted.begin(), sorted.end());
    latency_buckets counts;
    for (const nanoseconds bound : soma::perf::latency_bounds) {
        counts[std::chrono::duration<double>(bound).count()] =
            static_cast<double>(times.count_up_to(bound));
    }
    counts[INFINITY] = 20000;
    for (const double p : {0.1, 0.5, 0.9, 0.99}) {
        const double want = sorted[static_cast<std::size_t>(p * 20000) - 1];
        INFO("p " << p << ", want " << want);
        CHECK(near(percentile(counts, p), want, 0.1));
    }
}

TEST_CASE("percentiles at the ends of the buckets", "[examples][top]") {
    CHECK(std::isnan(percentile({}, 0.5)));
    CHECK(std::isnan(percentile({{1, 0}, {INFINITY, 0}}, 0.5)));
    CHECK(percentile({{1, 4}, {INFINITY, 4}}, 0.5) == 0.5);
    CHECK(percentile({{1, 0}, {2, 4}, {INFINITY, 4}}, 1) == 2);
    CHECK(percentile({{1, 1}, {2, 1}, {INFINITY, 9}}, 0.99) == 2);  // longer than the last bound
    CHECK(percentile({{1, 5}, {2, 5}, {3, 10}, {INFINITY, 10}}, 0.5) == 1);
}

TEST_CASE("metrics of something else are refused", "[examples][top]") {
    CHECK_THROWS_AS(read(parse("go_goroutines 7\n")), bad_text);
    CHECK_THROWS_AS(read(parse("soma_device_info{instance=\"x\"} 1\n"
                               "soma_core_busy_seconds_total{group=\"0\",core=\"first\"} 1\n")),
                    bad_text);
    CHECK(read(parse("soma_device_info{instance=\"x\"} 1\nsoma_new_total 3\n")).models.empty());
}
