// SPDX-License-Identifier: MIT
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iomanip>
#include <locale>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <soma/perf/prometheus.hpp>

#include "support/catch.hpp"

using namespace soma;
using namespace std::chrono_literals;

namespace {

/// Two groups and two models, every number another one.
device_status busy_device() {
    device_status device{
        .instance = "inf1.6xlarge",
        .uptime = 90s + 1ns,
        .groups = {},
        .models = {},
        .memory = {.weights = 21, .activations = 22, .requests = 23, .timeline = 24}};
    device.groups.push_back({.first_core = 0, .cores = {{1500ms}, {0ns}}, .context_switches = 7});
    device.groups.push_back({.first_core = 2, .cores = {{3us}}, .context_switches = 0});
    model_status one{.name = "one",
                     .program = "bf16, batch<4>",
                     .group = 1,
                     .cores = 2,
                     .serving = {},
                     .workers = {{.busy = 250ms, .batches = 3}, {.busy = 1h, .batches = 4}},
                     .memory = {.weights = 11, .activations = 12, .requests = 13, .timeline = 14}};
    one.serving.requests = {
        .submitted = 31, .done = 3, .refused = 5, .cancelled = 6, .expired = 7, .failed = 8};
    one.serving.queued_requests = 32;
    one.serving.queued_samples = 33;
    one.serving.in_flight = 34;
    one.serving.batches = 35;
    one.serving.samples = 70;
    one.serving.padding = 70;
    one.serving.batch_size = 4;
    one.serving.bucket_count = 2;
    one.serving.buckets[0] = {.batch_size = 1, .batches = 15};
    one.serving.buckets[1] = {.batch_size = 4, .batches = 20};
    one.serving.latency.record(1us);
    one.serving.latency.record(2ms);
    one.serving.latency.record(1h);
    device.models.push_back(one);
    model_status odd;
    odd.name = "a \"b\" \\ c\nd";
    device.models.push_back(odd);
    return device;
}

std::string text_of(const device_status& device) {
    std::ostringstream out;
    perf::write_prometheus(out, device);
    return out.str();
}

std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
    return lines;
}

bool has_line(const std::string& text, const std::string& line) {
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("every part of a status is in the text", "[perf][prometheus]") {
    const std::string text = text_of(busy_device());
    for (const char* line : {
             "soma_device_info{instance=\"inf1.6xlarge\"} 1",
             "soma_uptime_seconds 90.000000001",
             "soma_core_busy_seconds_total{group=\"0\",core=\"0\"} 1.5",
             "soma_core_busy_seconds_total{group=\"0\",core=\"1\"} 0",
             "soma_core_busy_seconds_total{group=\"1\",core=\"2\"} 0.000003",
             "soma_context_switches_total{group=\"0\"} 7",
             "soma_context_switches_total{group=\"1\"} 0",
             "soma_model_info{model=\"one\",program=\"bf16, batch<4>\",group=\"1\",cores=\"2\"} 1",
             "soma_requests_submitted_total{model=\"one\"} 31",
             "soma_requests_total{model=\"one\",status=\"done\"} 3",
             "soma_requests_total{model=\"one\",status=\"refused\"} 5",
             "soma_requests_total{model=\"one\",status=\"cancelled\"} 6",
             "soma_requests_total{model=\"one\",status=\"expired\"} 7",
             "soma_requests_total{model=\"one\",status=\"failed\"} 8",
             "soma_queued_requests{model=\"one\"} 32",
             "soma_queued_samples{model=\"one\"} 33",
             "soma_requests_in_flight{model=\"one\"} 34",
             "soma_batches_total{model=\"one\",batch_size=\"1\"} 15",
             "soma_batches_total{model=\"one\",batch_size=\"4\"} 20",
             "soma_samples_total{model=\"one\"} 70",
             "soma_padding_samples_total{model=\"one\"} 70",
             "soma_batch_size{model=\"one\"} 4",
             "soma_batch_fill_ratio{model=\"one\"} 0.5",
             "soma_worker_busy_seconds_total{model=\"one\",worker=\"0\"} 0.25",
             "soma_worker_busy_seconds_total{model=\"one\",worker=\"1\"} 3600",
             "soma_memory_bytes{model=\"one\",category=\"weights\"} 11",
             "soma_memory_bytes{model=\"one\",category=\"activations\"} 12",
             "soma_memory_bytes{model=\"one\",category=\"requests\"} 13",
             "soma_memory_bytes{model=\"one\",category=\"timeline\"} 14",
             "soma_device_memory_bytes{category=\"weights\"} 21",
             "soma_device_memory_bytes{category=\"activations\"} 22",
             "soma_device_memory_bytes{category=\"requests\"} 23",
             "soma_device_memory_bytes{category=\"timeline\"} 24",
         }) {
        INFO(line);
        CHECK(has_line(text, line));
    }
}

TEST_CASE("latency is a histogram whose buckets add up", "[perf][prometheus]") {
    const std::string text = text_of(busy_device());
    const std::string start = "soma_request_latency_seconds_bucket{model=\"one\",le=\"";
    std::vector<std::string> buckets;
    for (const std::string& line : lines_of(text)) {
        if (line.starts_with(start)) {
            buckets.push_back(line.substr(start.size()));
        }
    }
    REQUIRE(buckets.size() == perf::latency_bounds.size() + 1);
    CHECK(buckets.front() == "0.000001023\"} 1");
    CHECK(buckets[1] == "0.000001535\"} 1");
    CHECK(buckets[buckets.size() - 2] == "68.719476735\"} 2");
    CHECK(buckets.back() == "+Inf\"} 3");
    // 2 ms are beyond 3 x 2^19 - 1 ns, and within 2^21 - 1 ns.
    CHECK(has_line(text, start + "0.001572863\"} 1"));
    CHECK(has_line(text, start + "0.002097151\"} 2"));
    CHECK(has_line(text, "soma_request_latency_seconds_sum{model=\"one\"} 3600.002001"));
    CHECK(has_line(text, "soma_request_latency_seconds_count{model=\"one\"} 3"));
}

TEST_CASE("a time on a bound is in its bucket and one beyond is not", "[perf][prometheus]") {
    for (std::size_t i = 0; i < perf::latency_bounds.size(); ++i) {
        const auto bound = perf::latency_bounds[i];
        latency_histogram times;
        times.record(bound);
        times.record(bound + 1ns);
        CHECK(times.count_up_to(bound) == 1);
        CHECK((i == 0 || perf::latency_bounds[i - 1] < bound));
    }
}

TEST_CASE("quotes, backslashes and line feeds in a name are escaped", "[perf][prometheus]") {
    CHECK(has_line(text_of(busy_device()), R"(soma_samples_total{model="a \"b\" \\ c\nd"} 0)"));
}

TEST_CASE("each family is in one place under its head", "[perf][prometheus]") {
    std::set<std::string> seen;
    std::string family;
    std::vector<std::string> lines = lines_of(text_of(busy_device()));
    for (std::size_t i = 0; i < lines.size(); ++i) {
        INFO(lines[i]);
        if (lines[i].starts_with("# HELP ")) {
            family = lines[i].substr(7, lines[i].find(' ', 7) - 7);
            CHECK(seen.insert(family).second);
            REQUIRE(i + 1 < lines.size());
            CHECK(lines[i + 1].starts_with("# TYPE " + family + ' '));
            ++i;
        } else {
            CHECK(lines[i].starts_with(family));
        }
    }
    CHECK(seen.size() == 19);
}

TEST_CASE("the stream's flags and locale do not matter", "[perf][prometheus]") {
    struct grouped : std::numpunct<char> {
        char do_decimal_point() const override { return ','; }
        char do_thousands_sep() const override { return '.'; }
        std::string do_grouping() const override { return "\1"; }
    };
    const device_status device = busy_device();
    std::ostringstream out;
    out.imbue(std::locale(std::locale::classic(), new grouped));
    out << std::hex << std::showbase << std::showpos << std::setprecision(1);
    perf::write_prometheus(out, device);
    CHECK(out.str() == text_of(device));
}

TEST_CASE("a server alone has the lines of its model", "[perf][prometheus]") {
    const device_status device = busy_device();
    std::ostringstream out;
    perf::write_prometheus(out, "one", device.models.front().serving);
    const std::string whole = text_of(device);
    for (const std::string& line : lines_of(out.str())) {
        INFO(line);
        CHECK((line.starts_with("# ") || line == "soma_uptime_seconds 0" || has_line(whole, line)));
    }
    CHECK(has_line(out.str(), "soma_requests_total{model=\"one\",status=\"failed\"} 8"));
    CHECK(has_line(out.str(), "soma_request_latency_seconds_count{model=\"one\"} 3"));
    CHECK(out.str().find("soma_core") == std::string::npos);
}

TEST_CASE("a device without models has a text, too", "[perf][prometheus]") {
    const std::string text =
        text_of({.instance = "host", .uptime = {}, .groups = {}, .models = {}, .memory = {}});
    CHECK(has_line(text, "soma_device_info{instance=\"host\"} 1"));
    CHECK(has_line(text, "soma_uptime_seconds 0"));
    CHECK(text.find("model=") == std::string::npos);
}
