// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// How far the outputs of a model may move when a precision policy rounds: a derived bound.
///
/// To first order a program's output differs from exact arithmetic by sum_i a_i d_i over all its
/// roundings: d_i is the error of rounding i, |d_i| <= c_i = unit roundoff x magnitude, and a_i is
/// the derivative of the output by the rounded number. One `reference_pass` gives the magnitudes of
/// a sample, `adjoint_pass`es give the a_i; both serve every policy, which only decides which
/// roundings happen and how coarse they are. Counted are: values stored or cast to 16 bits;
/// weights, once for all pixels they are used at; in FP32 every product, every partial sum, the
/// evaluation of activations, what Winograd's filtering transforms, and weights that a batch
/// normalisation was folded into.
///
/// Worst case: |sum_i a_i d_i| <= sum_i |a_i| c_i, reached only if all roundings conspire.
///
/// Probable: with the d_i independent and of mean zero, Hoeffding's inequality gives
/// |sum_i a_i d_i| <= lambda sqrt(sum_i (a_i c_i)^2) except with probability 2 exp(-lambda^2 / 2).
/// Asking for a total failure probability p over n outputs makes lambda = sqrt(2 ln(2 n / p)).
/// That rounding errors may be treated so is the model of N. J. Higham and T. Mary, "A New Approach
/// to Probabilistic Rounding Error Analysis", SIAM J. Sci. Comput. 41(5), 2019; it is a model,
/// since roundings are in truth determined by the data.
///
/// Both are of first order: products of two errors are left out. A unit whose argument lies nearer
/// to a kink (of a ReLU, say) than its own estimated error counts with the steeper side, so that a
/// unit that only rounding wakes is counted as awake. Where a value exceeds the largest number of
/// the format it is stored in, both bounds are infinite.

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <thread>
#include <vector>

#include <soma/perf/adjoint_pass.hpp>
#include <soma/perf/reference_network.hpp>
#include <soma/perf/reference_pass.hpp>
#include <soma/perf/rounding_plan.hpp>

namespace soma::perf {

/// Two bounds on the magnitude of a difference.
struct error_bound {
    double probable = 0;    ///< with independent roundings, but for the failure probability
    double worst_case = 0;  ///< whatever the roundings do
};

/// All roundings behind one output, as sums over (sensitivity x largest error).
struct error_spread {
    double squares = 0, magnitudes = 0;

    /// The difference of two outputs with roundings of their own.
    friend constexpr error_spread operator+(const error_spread& x, const error_spread& y) noexcept {
        return {x.squares + y.squares, x.magnitudes + y.magnitudes};
    }

    [[nodiscard]] error_bound bound(double lambda) const noexcept {
        // The worst case is a bound as well, and the smaller one where few roundings are left.
        return {std::min(lambda * std::sqrt(squares), magnitudes), magnitudes};
    }
};

/// Deviations to allow for, so that all of `outputs` bounds hold but with probability `failure`.
[[nodiscard]] inline double deviations_for(double failure, std::size_t outputs) noexcept {
    return std::sqrt(2 * std::log(2 * static_cast<double>(outputs) / failure));
}

/// What an analysis finds: exact outputs, and the spread of each under each policy.
struct error_analysis {
    std::size_t samples = 0, outputs = 0, plans = 0;
    std::vector<double> reference;      ///< [sample][output], channels first
    std::vector<error_spread> spreads;  ///< [plan][sample][output]

    [[nodiscard]] const error_spread& spread(std::size_t plan, std::size_t flat) const noexcept {
        return spreads[plan * samples * outputs + flat];
    }
};

namespace detail {

/// The distinct roundings of several plans, and which of them each plan has.
struct merged_plans {
    std::vector<rounding_site> sites;
    std::vector<std::vector<std::size_t>> of_plan;
    double coarsest = unit_roundoff(format::f32);
    bool winograd = false;

    explicit merged_plans(std::span<const rounding_plan> plans) {
        for (const rounding_plan& plan : plans) {
            coarsest = std::max(coarsest, unit_roundoff(plan.operand));
            winograd = winograd || plan.winograd;
            std::vector<std::size_t>& own = of_plan.emplace_back();
            for (const rounding_site& site : plan.sites) {
                coarsest = std::max(coarsest, unit_roundoff(site.to));
                auto found = std::find(sites.begin(), sites.end(), site);
                if (found == sites.end()) {
                    found = sites.insert(sites.end(), site);
                }
                own.push_back(static_cast<std::size_t>(found - sites.begin()));
            }
        }
    }
};

inline void add_effect(error_spread& spread, const effect& e, std::size_t lane, format f) noexcept {
    const double u = unit_roundoff(f);
    spread.squares += u * u * e.squares.at[lane];
    spread.magnitudes += u * e.magnitudes.at[lane];
}

/// The spread of one output under `plan`.
[[nodiscard]] inline error_spread spread_of(const rounding_plan& plan,
                                            std::span<const std::size_t> sites,
                                            const adjoint_effects& found,
                                            std::size_t lane) noexcept {
    error_spread spread;
    add_effect(spread, found.arithmetic, lane, format::f32);
    add_effect(spread, plan.winograd ? found.filtered : found.direct, lane, format::f32);
    if (plan.operand != format::f32) {
        add_effect(spread, plan.operand == format::f16 ? found.weights_f16 : found.weights_bf16,
                   lane, plan.operand);
    }
    for (std::size_t s = 0; s < sites.size(); ++s) {
        add_effect(spread, found.sites[sites[s]], lane, plan.sites[s].to);
    }
    return spread;
}

/// Whether a stored value or a weight has no finite neighbour in its format.
[[nodiscard]] inline bool overflows(const rounding_plan& plan,
                                    const reference_pass& values,
                                    double largest_weight) noexcept {
    bool over = largest_weight > largest(plan.operand);
    for (const rounding_site& site : plan.sites) {
        over = over || values.of(site.node).largest > largest(site.to);
    }
    return over;
}

}  // namespace detail

/// Runs every sample of `inputs` (channels first) and analyses it under every plan.
///
/// `deviations` (see `deviations_for`) decides how near to a kink is near. Samples are shared out
/// to `threads` threads; the result does not depend on their number.
/// \pre `inputs` holds whole samples.
[[nodiscard]] inline error_analysis analyse_errors(const reference_network& network,
                                                   std::span<const rounding_plan> plans,
                                                   std::span<const float> inputs,
                                                   double deviations,
                                                   unsigned threads = 1) {
    error_analysis result{.samples = inputs.size() / network.inputs(),
                          .outputs = network.outputs(),
                          .plans = plans.size(),
                          .reference = {},
                          .spreads = {}};
    const std::size_t total = result.samples * result.outputs;
    result.reference.resize(total);
    result.spreads.resize(plans.size() * total);
    const detail::merged_plans merged(plans);
    double largest_weight = 0;
    for (const reference_node& n : network.nodes) {
        for (std::size_t i = 0; is_matmul(n.kind) && i < n.weights.size(); ++i) {
            largest_weight = std::max(largest_weight, std::abs(n.weights[i]));
        }
    }

    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        reference_pass values(network, {merged.coarsest, deviations, merged.winograd});
        adjoint_pass adjoint(network, merged.sites);
        for (std::size_t s = next++; s < result.samples; s = next++) {
            values.run(inputs.subspan(s * network.inputs(), network.inputs()));
            for (std::size_t first = 0; first < result.outputs; first += adjoint_lanes) {
                const adjoint_effects& found = adjoint.run(values, first);
                for (std::size_t lane = 0; lane < adjoint_lanes && first + lane < result.outputs;
                     ++lane) {
                    const std::size_t flat = s * result.outputs + first + lane;
                    result.reference[flat] = values.output(first + lane);
                    for (std::size_t p = 0; p < plans.size(); ++p) {
                        constexpr double never = std::numeric_limits<double>::infinity();
                        result.spreads[p * total + flat] =
                            detail::overflows(plans[p], values, largest_weight)
                                ? error_spread{never, never}
                                : detail::spread_of(plans[p], merged.of_plan[p], found, lane);
                    }
                }
            }
        }
    };
    std::vector<std::thread> helpers;
    for (unsigned i = 1; i < threads; ++i) {
        helpers.emplace_back(work);
    }
    work();
    for (std::thread& helper : helpers) {
        helper.join();
    }
    return result;
}

}  // namespace soma::perf
