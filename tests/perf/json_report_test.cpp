// SPDX-License-Identifier: MIT
#include <soma/perf/json_report.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>

#include "support/catch.hpp"

using namespace soma::perf;

namespace {

report_row throughput(double ours, std::vector<peer_result> peers) {
    report_row row;
    row.workload = "gemm 1x2x3";
    row.precision = "fp32";
    row.metric = "GFLOP/s";
    row.soma = ours;
    row.peers = std::move(peers);
    return row;
}

const double missing = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("the best peer has the highest throughput", "[perf][json_report]") {
    const report_row row = throughput(30.0, {{"a", 10.0}, {"b", 20.0}, {"c", missing}});
    REQUIRE(row.best_peer() != nullptr);
    CHECK(row.best_peer()->name == "b");
    CHECK(row.ratio() == 1.5);
}

TEST_CASE("the best peer has the lowest latency, and a ratio above one is ours",
          "[perf][json_report]") {
    report_row row = throughput(10.0, {{"a", 40.0}, {"b", 20.0}});
    row.direction = better::lower;
    CHECK(row.best_peer()->name == "b");
    CHECK(row.ratio() == 2.0);
}

TEST_CASE("a ratio measured in pairs stands before the quotient of medians",
          "[perf][json_report]") {
    CHECK(throughput(30.0, {{"a", 10.0, 2.5}}).ratio() == 2.5);
}

TEST_CASE("without a measured peer there is neither best peer nor ratio", "[perf][json_report]") {
    for (const report_row& row : {throughput(1.0, {}), throughput(1.0, {{"a", missing}})}) {
        CHECK(row.best_peer() == nullptr);
        CHECK(std::isnan(row.ratio()));
    }
}

TEST_CASE("a report is an environment and rows with the common keys", "[perf][json_report]") {
    json_report report(read_environment().add_library("peer", "1.2"));
    report_row row = throughput(30.0, {{"a", 15.0}, {"b", missing}});
    row.extra["percent_of_peak"] = 93.5;
    report.add(row);
    report.add(throughput(1.0, {}));

    const nlohmann::ordered_json json = report.json();
    for (const char* key : {"processor", "isa", "allowed_processors", "online_processors",
                            "compiler", "libraries", "variables"}) {
        CHECK(json["environment"].contains(key));
    }
    CHECK(json["environment"]["libraries"]["peer"] == "1.2");
    REQUIRE(json["rows"].size() == 2);
    const auto& first = json["rows"][0];
    CHECK(first["workload"] == "gemm 1x2x3");
    CHECK(first["precision"] == "fp32");
    CHECK(first["threads"] == 1);
    CHECK(first["schedule"] == "");
    CHECK(first["batch"] == 1);
    CHECK(first["metric"] == "GFLOP/s");
    CHECK(first["better"] == "higher");
    CHECK(first["soma"] == 30.0);
    CHECK(first["peers"]["a"] == 15.0);
    CHECK(first["peers"]["b"].is_null());
    CHECK(first["best_peer"] == "a");
    CHECK(first["ratio"] == 2.0);
    CHECK(first["percent_of_peak"] == 93.5);
    CHECK(json["rows"][1]["best_peer"].is_null());
    CHECK(json["rows"][1]["ratio"].is_null());
}

TEST_CASE("a written report reads back as it was", "[perf][json_report]") {
    json_report report(read_environment());
    report.add(throughput(2.0, {{"a \"quoted\" name", 1.0}}));
    const auto path = std::filesystem::temp_directory_path() / "soma_json_report_test.json";
    report.write(path.string());
    std::ifstream file(path);
    CHECK(nlohmann::ordered_json::parse(file) == report.json());
    std::filesystem::remove(path);
}

TEST_CASE("a report that cannot be written says where", "[perf][json_report]") {
    const json_report report(read_environment());
    CHECK_THROWS_AS(report.write("/nonexistent-folder/report.json"), std::runtime_error);
    try {
        report.write("/nonexistent-folder/report.json");
    } catch (const std::runtime_error& fault) {
        CHECK(std::string(fault.what()).find("/nonexistent-folder/report.json")
              != std::string::npos);
    }
}
