// SPDX-License-Identifier: MIT
#include <soma/perf/trace_events.hpp>

#include <chrono>
#include <cmath>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/served.hpp"
#include "support/timelines.hpp"

using namespace soma;
using namespace soma::test;
using perf::traced_model;

namespace {

using json = nlohmann::json;

serving_clock::time_point at(std::int64_t ns) {
    return serving_clock::time_point(std::chrono::nanoseconds(ns));
}

timeline_event submitted(std::uint64_t id, std::int64_t ns) {
    return {.kind = timeline_kind::submitted, .at = at(ns), .id = id, .samples = 3};
}
timeline_event begun(std::uint64_t id, std::int64_t ns) {
    return {.kind = timeline_kind::begun, .at = at(ns), .id = id, .samples = 3};
}
timeline_event ended(std::uint64_t id, std::int64_t ns, request_status status) {
    return {.kind = timeline_kind::ended, .status = status, .at = at(ns), .id = id, .samples = 3};
}
timeline_event ran(std::uint64_t id, std::int64_t from, std::int64_t to, int core) {
    return {.kind = timeline_kind::batch,
            .at = at(from),
            .until = at(to),
            .id = id,
            .samples = 3,
            .capacity = 4,
            .worker = 1,
            .core = core};
}

json trace_of(const std::vector<traced_model>& models, std::string_view device = "chip") {
    std::ostringstream out;
    perf::write_trace(out, device, models);
    return json::parse(out.str());
}

/// The trace's events of one phase.
std::vector<json> of_phase(const json& trace, const std::string& phase) {
    std::vector<json> found;
    for (const json& event : trace["traceEvents"]) {
        if (event["ph"] == phase) {
            found.push_back(event);
        }
    }
    return found;
}

std::int64_t ns_of(const json& microseconds) {
    return std::llround(microseconds.get<double>() * 1000.0);
}

/// The name that a process or one of its threads was given.
std::string name_of(const json& trace, const std::string& what, int process, int thread = 0) {
    for (const json& event : of_phase(trace, "M")) {
        if (event["name"] == what && event["pid"] == process && event["tid"] == thread) {
            return event["args"]["name"];
        }
    }
    return "";
}

/// Numbers of queued requests, in order.
std::vector<int> queued(const json& trace) {
    std::vector<int> all;
    for (const json& event : of_phase(trace, "C")) {
        CHECK(event["name"] == "queued requests");
        all.push_back(event["args"]["requests"]);
    }
    return all;
}

}  // namespace

TEST_CASE("a trace of nothing is a trace", "[perf][trace_events]") {
    CHECK(of_phase(trace_of({}), "M").size() == 1);
    const json trace = trace_of({{"idle", {}, 0}});
    CHECK(name_of(trace, "process_name", 1) == "chip");
    CHECK(name_of(trace, "process_name", 2) == "idle: requests");
    CHECK(trace["otherData"]["lost events"]["idle"] == 0);
}

TEST_CASE("batches are bars on their cores", "[perf][trace_events]") {
    const json trace = trace_of({{"resnet", {{ran(1, 5000, 7001, 2), ran(1, 5000, 7001, 3)}}, 4},
                                 {"ranker", {{ran(1, 2000, 3500, 0)}, 9}, 0}});
    const auto bars = of_phase(trace, "X");
    REQUIRE(bars.size() == 3);
    CHECK(bars[0]["name"] == "resnet");
    CHECK(bars[0]["pid"] == 1);
    CHECK(bars[0]["tid"] == 6);
    CHECK(bars[1]["tid"] == 7);
    CHECK(bars[0]["ts"] == 3.0);
    CHECK(bars[0]["dur"] == 2.001);
    CHECK(bars[0]["args"]
          == json{{"samples", 3}, {"capacity", 4}, {"fill", 0.75}, {"worker", 1}, {"batch", 1}});
    CHECK(bars[2]["name"] == "ranker");
    CHECK(bars[2]["tid"] == 0);
    CHECK(bars[2]["ts"] == 0.0);  // the earliest event of all
    CHECK(name_of(trace, "thread_name", 1, 0) == "core 0");
    CHECK(name_of(trace, "thread_name", 1, 6) == "core 6");
    CHECK(name_of(trace, "thread_name", 1, 7) == "core 7");
    CHECK(name_of(trace, "thread_name", 1, 1) == "");
    CHECK(trace["otherData"]["lost events"]["ranker"] == 9);
}

TEST_CASE("requests are queued, then running", "[perf][trace_events]") {
    const json trace =
        trace_of({{"net",
                   {{submitted(1, 100), submitted(2, 200), begun(1, 300),
                     ended(2, 400, request_status::expired), ended(1, 500, request_status::done)}},
                   0}});
    std::vector<std::string> told;
    for (const json& event : trace["traceEvents"]) {
        if (event["ph"] == "b" || event["ph"] == "e") {
            CHECK(event["cat"] == "request");
            CHECK(event["pid"] == 2);
            told.push_back(event["ph"].get<std::string>() + " " + event["name"].get<std::string>()
                           + " " + event["id"].get<std::string>() + " "
                           + std::to_string(ns_of(event["ts"])) + " "
                           + event["args"].value("status", "-"));
        }
    }
    CHECK(told
          == std::vector<std::string>{"b queued 2.1 0 -", "b queued 2.2 100 -",
                                      "e queued 2.1 200 -", "b running 2.1 200 -",
                                      "e queued 2.2 300 expired", "e running 2.1 400 done"});
    CHECK(queued(trace) == std::vector<int>{1, 2, 1, 0});
}

TEST_CASE("requests of two models are not mixed up", "[perf][trace_events]") {
    const std::vector<timeline_event> one{submitted(1, 0), ended(1, 1, request_status::refused)};
    std::set<std::string> ids;
    for (const json& event : of_phase(trace_of({{"a", {one}, 0}, {"b", {one}, 0}}), "b")) {
        ids.insert(event["id"]);
    }
    CHECK(ids.size() == 2);
}

TEST_CASE("bars whose beginning is lost are left out", "[perf][trace_events]") {
    const json trace = trace_of({{"net",
                                  {{ended(7, 100, request_status::done), begun(8, 200),
                                    ended(8, 300, request_status::done), submitted(9, 400)},
                                   5},
                                  0}});
    CHECK(of_phase(trace, "b").size() == 2);  // 8 runs, 9 is queued and has no end yet
    CHECK(of_phase(trace, "e").size() == 1);
    CHECK(queued(trace) == std::vector<int>{1});
}

TEST_CASE("no nanosecond is lost", "[perf][trace_events]") {
    const std::int64_t month = std::int64_t{30} * 24 * 3600 * 1'000'000'000;
    for (const std::int64_t zero : {std::int64_t{0}, 3 * month + 7}) {
        timeline all;
        for (const std::int64_t ns : {0L, 1L, 999L, 1'000'001L, 123'456'789'012'345L, month + 1}) {
            all.events.push_back(ran(1, zero + ns, zero + ns + ns + 1, 0));
        }
        const auto bars = of_phase(trace_of({{"net", all, 0}}), "X");
        REQUIRE(bars.size() == all.events.size());
        for (std::size_t i = 0; i < bars.size(); ++i) {
            CHECK(at(zero + ns_of(bars[i]["ts"])) == all.events[i].at);
            CHECK(at(zero + ns_of(bars[i]["ts"]) + ns_of(bars[i]["dur"])) == all.events[i].until);
        }
    }
}

TEST_CASE("names may hold anything", "[perf][trace_events]") {
    const std::string odd = "a \"b\" \\ \n\t\x01 gr\xc3\xbc\xc3\x9f </script>";
    const json trace = trace_of({{odd, {{ran(1, 0, 1, 0)}}, 0}}, odd);
    CHECK(of_phase(trace, "X")[0]["name"] == odd);
    CHECK(name_of(trace, "process_name", 1) == odd);
    CHECK(name_of(trace, "process_name", 2) == odd + ": requests");
    CHECK(trace["otherData"]["lost events"][odd] == 0);
    CHECK(of_phase(trace_of({{"no \xff UTF-8", {{ran(1, 0, 1, 0)}}, 0}}), "X").size() == 1);
}

TEST_CASE("every status has a name", "[perf][trace_events]") {
    std::set<std::string_view> names;
    for (const auto status :
         {request_status::pending, request_status::done, request_status::refused,
          request_status::cancelled, request_status::expired, request_status::failed}) {
        names.insert(perf::name_of(status));
    }
    CHECK(names.size() == 6);
    CHECK(names.count("unknown") == 0);
}

TEST_CASE("a device's trace has all that its models did", "[perf][trace_events]") {
    gate open;
    device dev{inf1_2xlarge, {1, 2}};
    const server_options options{.workers = 2, .in_flight = 8, .timeline_events = 10'000};
    const model_handle models[] = {
        dev.load(tiny_servable(open), {.name = "a", .group = 1, .server = options}),
        dev.load(tiny_servable(open, 2), {.name = "b", .group = 1, .server = options}),
        dev.load(tiny_servable(open), {.name = "silent", .group = 0})};
    std::vector<std::thread> clients;
    for (int c = 0; c < 4; ++c) {
        clients.emplace_back([&, c] {
            for (int i = 0; i < 50; ++i) {
                tiny_request request(5);
                models[c % 2].submit(request.in, request.out).wait();
                models[2].submit(request.in, request.out).wait();
            }
        });
    }
    for (std::thread& t : clients) {
        t.join();
    }
    models[0].unload();
    CHECK(perf::traced_models(dev).size() == 2);
    std::vector<traced_model> traced = perf::traced_models(dev);
    traced.insert(traced.begin(), {"a", models[0].timeline(), 1});
    const json trace = trace_of(traced);
    std::map<std::string, std::set<int>> cores;
    std::map<std::string, int> bars;
    for (const json& bar : of_phase(trace, "X")) {
        cores[bar["name"]].insert(bar["tid"].get<int>());
        ++bars[bar["name"]];
    }
    CHECK(cores["b"] == std::set<int>{1, 2});
    for (const int core : cores["a"]) {
        CHECK((core == 1 || core == 2));
    }
    CHECK(bars["a"] == static_cast<int>(models[0].status().serving.batches));
    CHECK(bars["b"] % 2 == 0);
    CHECK(cores.count("silent") == 0);
    CHECK(of_phase(trace, "b").size() == 2 * 200);  // queued, running
    CHECK(of_phase(trace, "e").size() == 2 * 200);

    std::ostringstream out;
    perf::write_trace(out, dev);
    CHECK(name_of(json::parse(out.str()), "process_name", 1) == inf1_2xlarge.name);
}
