// SPDX-License-Identifier: MIT

#include "predict/experiment.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <soma/compile/predict.hpp>
#include <soma/perf/rank_correlation.hpp>
#include <soma/perf/statistics.hpp>

namespace published {

namespace {

/// The parameters as an array, in the order of the ranges.
constexpr std::size_t parameter_count = 4;
using parameters = std::array<double, parameter_count>;

constexpr parameters values_of(const soma::calibration& c) {
    return {c.tensor_efficiency, c.vector_passes, c.call_seconds, c.host_bytes_per_second};
}
constexpr soma::calibration calibration_of(const parameters& p) {
    return {.tensor_efficiency = p[0],
            .vector_passes = p[1],
            .call_seconds = p[2],
            .host_bytes_per_second = p[3]};
}
static_assert(calibration_of(values_of(soma::calibrated)) == soma::calibrated);
static_assert(sizeof(soma::calibration) == sizeof(parameters),
              "predict: a parameter of the cost model is not fitted");

/// What is physically possible, and wide enough not to decide anything within.
std::array<soma::perf::parameter_range, parameter_count> ranges_from(const soma::calibration& c) {
    constexpr std::array<std::array<double, 2>, parameter_count> limits{
        {{0.02, 1.0}, {0.01, 100.0}, {1e-7, 1e-1}, {1e7, 1e12}}};
    const parameters start = values_of(c);
    std::array<soma::perf::parameter_range, parameter_count> ranges{};
    for (std::size_t i = 0; i < parameter_count; ++i) {
        ranges[i] = {std::clamp(start[i], limits[i][0], limits[i][1]), limits[i][0], limits[i][1]};
    }
    return ranges;
}

error_summary summarise(std::span<const outcome> outcomes,
                        std::optional<double> outcome::* member) {
    error_summary summary;
    std::vector<double> sizes;
    for (const outcome& o : outcomes) {
        if (!(o.*member)) {
            continue;
        }
        sizes.push_back(std::abs(*(o.*member)));
        if (summary.worst_row == nullptr || sizes.back() > summary.worst) {
            summary.worst = sizes.back();
            summary.worst_row = o.of;
        }
    }
    summary.size = sizes.size();
    summary.median = sizes.empty() ? 0 : soma::perf::median(sizes);
    return summary;
}

}  // namespace

experiment::experiment(std::vector<row> rows) : rows_(std::move(rows)) {
    for (const row& r : rows_) {
        const soma::neuron_core& core = r.where->chip.core;
        const auto [at, fresh] =
            placed_.try_emplace({std::string(r.network.name).append("/").append(r.precision->name),
                                 std::string(core.name)});
        placed_network& network = at->second;
        if (fresh) {
            network.graph = r.network.operations(*r.precision);
            network.places.resize(network.graph.operations.size());
            network.summary = soma::place(network.graph.list(), core, {}, network.places.data());
        }
        placed_of_.push_back(&network);
    }
}

outcome experiment::predict(std::size_t i, const soma::calibration& c) const {
    const row& r = rows_[i];
    const placed_network& network = *placed_of_[i];
    outcome o{.of = &r,
              .predicted = soma::predict<examples::most_operations>(
                  network.graph.list(), network.places.data(), network.summary, *r.where, r.how, c),
              .throughput_error = {},
              .latency_error = {}};
    if (o.predicted.fits()) {
        const auto error = [](double predicted, std::optional<double> measured) {
            return measured ? std::optional(predicted / *measured - 1) : std::nullopt;
        };
        o.throughput_error = error(o.predicted.throughput, r.throughput);
        o.latency_error = error(o.predicted.latency_ms, r.latency_ms);
    }
    return o;
}

std::vector<outcome> experiment::predict(const soma::calibration& c) const& {
    std::vector<outcome> outcomes;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        outcomes.push_back(predict(i, c));
    }
    return outcomes;
}

std::optional<fitted> experiment::fit(const soma::calibration& start,
                                      const soma::perf::fit_limits& limits) const {
    return fit_without(nobody, start, limits);
}

std::optional<fitted> experiment::fit_without(std::size_t left_out,
                                              const soma::calibration& start,
                                              const soma::perf::fit_limits& limits) const {
    std::size_t measured = 0;
    const auto log_errors = [&](const parameters& p) {
        std::vector<double> errors;
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            if (i == left_out) {
                continue;
            }
            const outcome o = predict(i, calibration_of(p));
            for (const std::optional<double>& error : {o.throughput_error, o.latency_error}) {
                if (error) {
                    errors.push_back(std::log1p(*error));
                }
            }
        }
        measured = errors.size();
        return errors;
    };
    const auto found = soma::perf::calibrate(ranges_from(start), log_errors, limits);
    if (measured == 0) {
        return std::nullopt;
    }
    return fitted{calibration_of(found.parameters), found.error, found.evaluations};
}

std::vector<outcome> experiment::predict_left_out(const soma::calibration& start) const& {
    if (rows_.size() > most_left_out) {
        return {};
    }
    const std::optional<fitted> all = fit(start, {.tolerance = 1e-4});
    if (!all) {
        return {};
    }
    // The others' best parameters are near everybody's. A longer search changes no error of the
    // example's rows by 0.0002.
    const soma::perf::fit_limits limits{.evaluations = 600, .step = 0.05, .tolerance = 2e-3};
    std::vector<outcome> outcomes;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        if (!rows_[i].throughput) {
            continue;
        }
        if (const std::optional<fitted> others = fit_without(i, all->parameters, limits)) {
            outcomes.push_back(predict(i, others->parameters));
        }
    }
    return outcomes;
}

error_summary summarise_throughput(std::span<const outcome> outcomes) {
    return summarise(outcomes, &outcome::throughput_error);
}

error_summary summarise_latency(std::span<const outcome> outcomes) {
    return summarise(outcomes, &outcome::latency_error);
}

double throughput_correlation(std::span<const outcome> outcomes) {
    std::vector<double> predicted, measured;
    for (const outcome& o : outcomes) {
        if (o.throughput_error) {
            predicted.push_back(o.predicted.throughput);
            measured.push_back(*o.of->throughput);
        }
    }
    return soma::perf::rank_correlation(predicted, measured);
}

double furthest_from_littles_law(std::span<const outcome> outcomes) {
    double furthest = 0;
    for (const outcome& o : outcomes) {
        const soma::prediction& p = o.predicted;
        if (p.fits()) {
            const double calls = p.throughput * p.latency_ms / 1e3 / p.how.batch;
            const double expected = 1.0 * p.how.workers * p.how.copies;
            furthest = std::max(furthest, std::abs(calls / expected - 1));
        }
    }
    return furthest;
}

std::string why_not(const soma::prediction& p) {
    const auto of = [&p](std::string_view what, std::string_view there_are) {
        return std::string("needs ")
            .append(std::to_string(p.needed))
            .append(what)
            .append(", ")
            .append(there_are)
            .append(" ")
            .append(std::to_string(p.available));
    };
    switch (p.problem) {
        case soma::misfit::none: return "";
        case soma::misfit::cores: return of(" cores", "the instance has");
        case soma::misfit::stages: return of(" pipeline stages", "there can be at most");
        case soma::misfit::static_weights: return of(" bytes of on-chip memory", "a core has");
        case soma::misfit::device_memory: return of(" bytes of device memory", "a chip has");
    }
    return "does not fit";
}

}  // namespace published
