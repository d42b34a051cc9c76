// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Runs the network in one precision under every schedule of the table.
///
/// Each precision is instantiated in a translation unit of its own, measure_<precision>.cpp: they
/// build side by side.

#include <algorithm>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <soma/perf/clock.hpp>
#include <soma/perf/rounding_plan.hpp>
#include <soma/perf/statistics.hpp>

#include "digits/model.hpp"

namespace digits {

/// What is measured: trained numbers, whole images, seconds per row, where to say what is going on.
struct task {
    const weights<resnet>& trained;
    std::span<const float> images;
    double seconds = 0;
    std::function<void(const std::string&)> progress;
};

/// One precision under one schedule.
struct measured_row {
    std::string schedule;
    std::vector<float> logits;  ///< of all images
    std::size_t arena_bytes = 0, planned_arena_bytes = 0;
    double samples_per_s = 0, latency_ms_p50 = 0, latency_ms_p99 = 0;
};

/// One precision: where it rounds, and a row for each schedule.
struct measured_precision {
    std::string name;
    perf::rounding_plan roundings;
    std::vector<measured_row> rows;
};

inline constexpr std::size_t pixels = resnet::input_shape::size;
inline constexpr std::size_t classes = resnet::output_shape::size;
inline constexpr std::size_t schedule_count = 4;

/// The schedule as a program spells it.
template <class Schedule>
[[nodiscard]] std::string schedule_name() {
    std::string name = "batch<";
    name.append(std::to_string(Schedule::batch_size)).append(">");
    if (Schedule::copies > 1) {
        name.insert(0, "schedule<");
        name.append(", replicate<").append(std::to_string(Schedule::copies)).append(">>");
    }
    return name;
}

/// Runs `Program` over all images once for their logits, then run by run until time is up.
template <class Program>
[[nodiscard]] measured_row measure_program(const task& work) {
    using clock = perf::wall_clock;
    measured_row row{.schedule = schedule_name<typename Program::schedule_type>(), .logits = {}};
    work.progress(std::string(Program::precision_type::name).append(" ").append(row.schedule));
    executor<Program> run{work.trained};
    const std::size_t count = work.images.size() / pixels;
    row.logits.resize(count * classes);
    static_cast<void>(run.run(work.images, row.logits));  // whole samples, as the loader checked
    row.arena_bytes = run.arena_bytes();
    row.planned_arena_bytes = Program::copies * Program::arena_bytes;

    // With fewer images than samples of a run, the rest of the batch is padding.
    const std::size_t each = std::min<std::size_t>(Program::samples, count);
    std::vector<float> result(each * classes);
    std::vector<double> latencies;
    double total = 0;
    for (std::size_t first = 0; total < work.seconds || latencies.size() < 3;) {
        const auto images = work.images.subspan(first * pixels, each * pixels);
        const auto start = clock::now();
        static_cast<void>(run.run(images, result));
        latencies.push_back(perf::seconds_between(start, clock::now()) * 1e3);
        total += latencies.back() * 1e-3;
        first = first + 2 * each <= count ? first + each : 0;
    }
    row.samples_per_s = static_cast<double>(latencies.size() * each) / total;
    row.latency_ms_p50 = perf::percentile(latencies, 50);
    row.latency_ms_p99 = perf::percentile(latencies, 99);
    return row;
}

/// Measures `Precision` under every schedule.
template <class Precision>
[[nodiscard]] measured_precision measure(const task& work) {
    measured_precision result{.name = std::string(Precision::name),
                              .roundings = perf::plan_roundings<resnet, Precision>(),
                              .rows = {}};
    const auto add = [&]<class... Schedules>(std::type_identity<Schedules>...) {
        static_assert(sizeof...(Schedules) == schedule_count);
        (result.rows.push_back(measure_program<program<resnet, Precision, Schedules>>(work)), ...);
    };
    add(std::type_identity<batch<1>>{}, std::type_identity<batch<4>>{},
        std::type_identity<batch<8>>{}, std::type_identity<schedule<batch<4>, replicate<2>>>{});
    return result;
}

extern template measured_precision measure<fp32>(const task&);
extern template measured_precision measure<fp16>(const task&);
extern template measured_precision measure<bf16>(const task&);
extern template measured_precision measure<matmul_cast<bf16>>(const task&);
extern template measured_precision measure<matmul_cast<fp16>>(const task&);
extern template measured_precision measure<auto_cast<bf16>>(const task&);

}  // namespace digits
