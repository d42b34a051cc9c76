// SPDX-License-Identifier: MIT

/// \file
/// Writes the verdicts for people and for programs.

#include "digits/report.hpp"

#include <cmath>
#include <cstdio>
#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

#include <soma/perf/environment.hpp>
#include <soma/perf/json_report.hpp>
#include <soma/perf/table.hpp>

namespace digits {

namespace {

perf::cell scientific(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1e", value);
    perf::cell c{std::string(text)};
    c.number = true;
    return c;
}

/// JSON has no infinity and no NaN.
nlohmann::ordered_json number(double value) {
    return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
}

}  // namespace

void print_table(std::ostream& out, const report& result, bool colour) {
    perf::table table({"precision", "schedule", "correct", "max error", "mean error", "bound",
                       "samples/s", "p50 ms", "p99 ms", "arena", "planned", ""});
    for (const verdict& v : result.rows) {
        perf::cell correct{
            std::to_string(v.correct).append("/").append(std::to_string(result.total))};
        correct.number = true;
        table.add({v.precision,
                   v.measured.schedule,
                   correct,
                   scientific(v.max_logit_error),
                   scientific(v.mean_logit_error),
                   scientific(v.logit_bound.probable),
                   {v.measured.samples_per_s, 0},
                   {v.measured.latency_ms_p50, 4},
                   {v.measured.latency_ms_p99, 4},
                   v.measured.arena_bytes,
                   v.measured.planned_arena_bytes,
                   v.fault.empty() ? std::string() : std::string("FAIL: ").append(v.fault)});
    }
    std::ostringstream text;
    table.print(text);
    std::istringstream lines(text.str());
    for (std::string line; std::getline(lines, line);) {
        const bool marked = colour && line.find("FAIL: ") != std::string::npos;
        out << (marked ? "\x1b[31m" : "") << line << (marked ? "\x1b[0m\n" : "\n");
    }
}

void write_json(const std::string& path, const report& result) {
    auto rows = nlohmann::ordered_json::array();
    for (const verdict& v : result.rows) {
        rows.push_back({{"precision", v.precision},
                        {"schedule", v.measured.schedule},
                        {"correct", v.correct},
                        {"total", result.total},
                        {"max_logit_error", number(v.max_logit_error)},
                        {"logit_bound", number(v.logit_bound.probable)},
                        {"samples_per_s", number(v.measured.samples_per_s)},
                        {"latency_ms_p50", number(v.measured.latency_ms_p50)},
                        {"latency_ms_p99", number(v.measured.latency_ms_p99)},
                        {"arena_bytes", v.measured.arena_bytes},
                        {"arena_bytes_planned", v.measured.planned_arena_bytes},
                        {"mean_logit_error", number(v.mean_logit_error)},
                        {"logit_bound_worst_case", number(v.logit_bound.worst_case)},
                        {"largest_share_of_bound", number(v.share_of_bound)},
                        {"fault", v.fault}});
    }
    perf::environment machine = perf::read_environment();
    machine.variables.clear();  // they bend other libraries, of which none is measured here
    const nlohmann::ordered_json document{
        {"rows", std::move(rows)},
        {"fp32_compared_with", result.has_logits ? "logits file" : "double reference"},
        {"failure_probability", result.failure},
        {"environment", machine}};
    std::ofstream file(path);
    file << document.dump(2) << '\n';
    file.close();
    if (!file) {
        throw bad_input(std::string(path).append(": cannot be written"));
    }
}

}  // namespace digits
