// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// One core, a pipeline of two and two replicas of one network, taking turns.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <soma/perf/clock.hpp>
#include <soma/perf/host_core.hpp>
#include <soma/perf/statistics.hpp>
#include <soma/perf/synthetic.hpp>
#include <soma/soma.hpp>

#include "neighbours.hpp"

namespace bench {

struct contest_options {
    int rounds = 11;       ///< turns of each schedule that count
    double seconds = 0.2;  ///< of a turn
    int singles = 100;     ///< samples that are run alone in each turn
    double patience = 30;  ///< seconds to wait for turns in which nobody else works
    double quiet = 0.05;   ///< cores that others may take in such a turn
};

/// A schedule's turn.
struct turn {
    double sample_seconds = 0;          ///< wall time over samples
    double cpu_seconds = 0;             ///< the process's CPU time over samples
    std::vector<double> alone_seconds;  ///< wall time of each sample that was run alone
    double others = 0;                  ///< cores that other processes took meanwhile
};

/// What one schedule did, and what the model of the host says.
struct contestant_result {
    std::string schedule;
    int threads = 1;
    std::vector<turn> turns;
    soma::prediction predicted;
    soma::stage_list predicted_stages;
    double predicted_alone = 0;  ///< seconds
    std::vector<soma::host_stage> stages;
    std::size_t differing = 0;  ///< results that are not those of one core, bit for bit

    [[nodiscard]] std::vector<double> each(double turn::* member) const {
        std::vector<double> all;
        for (const turn& t : turns) {
            all.push_back(t.*member);
        }
        return all;
    }
    [[nodiscard]] double throughput() const {
        return 1 / soma::perf::median(each(&turn::sample_seconds));
    }
    [[nodiscard]] double best_throughput() const {
        return 1 / soma::perf::percentile(each(&turn::sample_seconds), 0);
    }
    [[nodiscard]] soma::perf::summary alone() const {
        std::vector<double> all;
        for (const turn& t : turns) {
            all.insert(all.end(), t.alone_seconds.begin(), t.alone_seconds.end());
        }
        return soma::perf::summarize(all);
    }
    [[nodiscard]] bool has_quiet(const contest_options& options) const {
        return std::ranges::count_if(turns, [&](const turn& t) { return t.others < options.quiet; })
               >= options.rounds;
    }
    /// Keeps the `count` turns in which others took least.
    void keep_quietest(int count) {
        std::ranges::stable_sort(turns, {}, &turn::others);
        turns.resize(std::min(turns.size(), static_cast<std::size_t>(count)));
    }
};

namespace detail {

/// An executor as a function, so that three types of them stand in one row.
struct contestant {
    std::function<void(std::span<const float>, std::span<float>)> run;
    contestant_result result;
};

template <class Program>
[[nodiscard]] contestant make_contestant(const std::string& schedule,
                                         const soma::weights<typename Program::model_type>& weights,
                                         const soma::perf::host_figures& host) {
    contestant made;
    made.run = [executor = std::make_shared<soma::executor<Program>>(weights)](
                   std::span<const float> in, std::span<float> out) {
        static_cast<void>(executor->run(in, out));
    };
    contestant_result& r = made.result;
    r.schedule = schedule;
    const soma::deployment how{.pipeline_cores = soma::stages_of<typename Program::schedule_type>,
                               .copies = Program::copies};
    r.threads = how.cores();
    r.predicted =
        soma::perf::predict_on_host<typename Program::model_type, typename Program::precision_type>(
            host, how, &r.predicted_stages);
    constexpr std::chrono::duration<double> spin = soma::stage_spin_time;
    r.predicted_alone =
        soma::perf::alone_seconds(host, r.predicted, r.predicted_stages, spin.count());
    if constexpr (soma::stages_of<typename Program::schedule_type> > 1) {
        r.stages.assign(Program::stage_ranges.at,
                        Program::stage_ranges.at + Program::stage_ranges.count);
    }
    return made;
}

}  // namespace detail

/// Measures `Model` in BF16, batch 1. The first result is that of one core.
template <class Model>
[[nodiscard]] std::vector<contestant_result> run_contest(const contest_options& options,
                                                         const soma::perf::host_figures& host) {
    namespace perf = soma::perf;
    const soma::weights<Model> weights(perf::synthetic_parameters<Model>(1));
    // The pipeline first: its stages pack.
    auto staged = detail::make_contestant<soma::program<Model, soma::bf16, soma::pipeline<2>>>(
        "pipeline<2>", weights, host);
    std::array all{
        detail::make_contestant<soma::program<Model, soma::bf16>>("one core", weights, host),
        std::move(staged),
        detail::make_contestant<soma::program<Model, soma::bf16, soma::replicate<2>>>(
            "replicate<2>", weights, host)};

    constexpr std::size_t inputs = Model::input_shape::size, outputs = Model::output_shape::size;
    // As many as make a turn, in a multiple of what two replicas take.
    std::vector<float> in(2 * inputs);
    perf::synthetic_images(in, 1);
    std::vector<float> out(2 * outputs);
    double each = 1;
    for (int trial = 0; trial < 20; ++trial) {
        each = std::min(each, perf::seconds_of<perf::wall_clock>([&] { all[0].run(in, out); }) / 2);
    }
    const std::size_t samples =
        std::max<std::size_t>(8, static_cast<std::size_t>(options.seconds / each) / 2 * 2);
    in.resize(samples * inputs);
    perf::synthetic_images(in, 1);
    std::vector<float> want(samples * outputs);
    all[0].run(in, want);

    out.resize(want.size());
    const std::span<const float> one_in(in.data(), inputs);
    std::vector<float> alone_out(outputs);
    const auto take_turn = [&](detail::contestant& c) {
        turn t;
        const neighbour_watch watch;
        std::fill(out.begin(), out.end(), -1.0F);
        const auto cpu = perf::process_cpu_clock::now();
        const double wall = perf::seconds_of<perf::wall_clock>([&] { c.run(in, out); });
        const double used = perf::seconds_between(cpu, perf::process_cpu_clock::now());
        t.sample_seconds = wall / static_cast<double>(samples);
        t.cpu_seconds = used / static_cast<double>(samples);
        for (int single = 0; single < options.singles; ++single) {
            t.alone_seconds.push_back(
                perf::seconds_of<perf::wall_clock>([&] { c.run(one_in, alone_out); }));
        }
        t.others = watch.cores();
        for (std::size_t i = 0; i < out.size(); ++i) {
            c.result.differing += out[i] == want[i] ? 0U : 1U;
        }
        c.result.turns.push_back(std::move(t));
    };
    const auto start = perf::wall_clock::now();
    const auto enough = [&](int round) {
        const double passed = perf::seconds_between(start, perf::wall_clock::now());
        return round >= options.rounds
               && (passed > options.patience || std::ranges::all_of(all, [&](const auto& c) {
                       return c.result.has_quiet(options);
                   }));
    };
    for (int round = 0; !enough(round); ++round) {
        for (std::size_t i = 0; i < all.size(); ++i) {
            take_turn(all[(i + static_cast<std::size_t>(round)) % all.size()]);
        }
    }
    std::vector<contestant_result> results;
    for (detail::contestant& c : all) {
        c.result.keep_quietest(options.rounds);
        results.push_back(std::move(c.result));
    }
    return results;
}

}  // namespace bench
