// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Fits a few positive parameters of a model to measurements: least squares of relative errors.
///
/// The parameters are factors and rates, so the search walks in their logarithms: a step is the
/// same part of each of them, and none becomes negative. It needs no derivatives, which a model
/// made of maxima lacks where it matters, and repeats itself exactly.

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <ranges>
#include <utility>

namespace soma::perf {

/// Where the search for a parameter begins and ends. \pre `0 < least <= start <= most`.
struct parameter_range {
    double start, least, most;
};

/// How long to search.
struct fit_limits {
    int evaluations = 4000;   ///< of the model, for each start
    int starts = 1;           ///< the given one, and others spread over the ranges
    double step = 0.25;       ///< first step of each parameter, a logarithm
    double tolerance = 1e-6;  ///< width of the simplex at which the search ends, a logarithm
};

/// What a search found.
template <std::size_t N>
struct fit {
    std::array<double, N> parameters{};
    double error = std::numeric_limits<double>::infinity();  ///< root mean square of the errors
    int evaluations = 0;
};

/// The root of the mean square; infinite where any error is not finite, 0 where there is none.
template <std::ranges::input_range Errors>
    requires std::convertible_to<std::ranges::range_reference_t<Errors>, double>
[[nodiscard]] double root_mean_square(Errors&& errors) {
    double sum = 0;
    std::size_t count = 0;
    for (const double error : errors) {
        sum += error * error;
        ++count;
    }
    if (!std::isfinite(sum)) {
        return std::numeric_limits<double>::infinity();
    }
    return count == 0 ? 0.0 : std::sqrt(sum / static_cast<double>(count));
}

namespace detail {

/// Nelder and Mead's search, "A simplex method for function minimization" (1965), within a box.
template <std::size_t N, class Cost>
class simplex_search {
public:
    using point = std::array<double, N>;
    struct vertex {
        point at{};
        double cost = 0;
    };

    simplex_search(const point& least, const point& most, Cost& cost)
        : least_(least), most_(most), cost_(cost) {}

    [[nodiscard]] int evaluations() const noexcept { return evaluations_; }

    /// Searches from `start`, and again from what it found until that is no better: a simplex can
    /// collapse before it gets anywhere.
    [[nodiscard]] vertex search(const point& start, double step, double tolerance, int limit) {
        const int last = evaluations_ + limit;
        vertex best = evaluated(start);
        for (bool better = true; better && evaluations_ < last;) {
            const vertex found = descend(best, step, tolerance, last);
            better = found.cost < best.cost * (1 - 1e-6);
            best = found;
        }
        return best;
    }

private:
    [[nodiscard]] vertex evaluated(point at) {
        for (std::size_t i = 0; i < N; ++i) {
            at[i] = std::clamp(at[i], least_[i], most_[i]);
        }
        ++evaluations_;
        return {at, cost_(std::as_const(at))};
    }

    /// `from`, moved to `factor` times its distance from `origin`.
    [[nodiscard]] vertex along(const point& origin, const point& from, double factor) {
        point at;
        for (std::size_t i = 0; i < N; ++i) {
            at[i] = origin[i] + factor * (from[i] - origin[i]);
        }
        return evaluated(at);
    }

    [[nodiscard]] vertex descend(const vertex& start, double step, double tolerance, int last) {
        std::array<vertex, N + 1> corners;
        corners[0] = start;
        for (std::size_t i = 0; i < N; ++i) {
            point at = start.at;
            // Away from the nearer wall, so that no edge has length 0.
            at[i] += at[i] + step <= most_[i] ? step : -step;
            corners[i + 1] = evaluated(at);
        }
        const auto cheaper = [](const vertex& a, const vertex& b) { return a.cost < b.cost; };
        while (true) {
            for (auto at = corners.begin(); at != corners.end(); ++at) {
                std::rotate(std::upper_bound(corners.begin(), at, *at, cheaper), at, at + 1);
            }
            if (evaluations_ >= last || width(corners) <= tolerance) {
                return corners[0];
            }
            vertex& worst = corners[N];
            point centre{};
            for (std::size_t c = 0; c < N; ++c) {
                for (std::size_t i = 0; i < N; ++i) {
                    centre[i] += corners[c].at[i] / N;
                }
            }
            const vertex reflected = along(centre, worst.at, -1);
            if (reflected.cost < corners[0].cost) {
                const vertex expanded = along(centre, worst.at, -2);
                worst = expanded.cost < reflected.cost ? expanded : reflected;
                continue;
            }
            if (reflected.cost < corners[N - 1].cost) {
                worst = reflected;
                continue;
            }
            const bool outside = reflected.cost < worst.cost;
            const vertex contracted = along(centre, outside ? reflected.at : worst.at, 0.5);
            if (contracted.cost < std::min(reflected.cost, worst.cost)) {
                worst = contracted;
                continue;
            }
            for (std::size_t c = 1; c <= N; ++c) {
                corners[c] = along(corners[0].at, corners[c].at, 0.5);
            }
        }
    }

    [[nodiscard]] static double width(const std::array<vertex, N + 1>& corners) {
        double result = 0;
        for (const vertex& corner : corners) {
            for (std::size_t i = 0; i < N; ++i) {
                result = std::max(result, std::abs(corner.at[i] - corners[0].at[i]));
            }
        }
        return result;
    }

    point least_, most_;
    Cost& cost_;
    int evaluations_ = 0;
};

}  // namespace detail

/// The parameters within `ranges` for which the errors have the least root mean square that the
/// search finds.
///
/// \param log_errors called with an array of parameters; returns a range of log(model / measured),
///                   as many each time. One that is not finite rules these parameters out.
template <std::size_t N, class LogErrors>
    requires std::invocable<LogErrors&, const std::array<double, N>&>
[[nodiscard]] fit<N> calibrate(const std::array<parameter_range, N>& ranges,
                               LogErrors&& log_errors,
                               const fit_limits& limits = {}) {
    static_assert(N > 0, "calibrate: there must be a parameter to fit");
    const auto values_at = [](std::array<double, N> logarithms) {
        for (double& value : logarithms) {
            value = std::exp(value);
        }
        return logarithms;
    };
    auto cost = [&](const std::array<double, N>& at) {
        return root_mean_square(log_errors(values_at(at)));
    };
    std::array<double, N> start, least, most;
    for (std::size_t i = 0; i < N; ++i) {
        start[i] = std::log(ranges[i].start);
        least[i] = std::log(ranges[i].least);
        most[i] = std::log(ranges[i].most);
    }

    detail::simplex_search<N, decltype(cost)> search(least, most, cost);
    fit<N> best;
    for (int s = 0; s < std::max(limits.starts, 1); ++s) {
        std::array<double, N> from = start;
        // Multiples of irrational numbers, modulo 1, fill a box evenly (Kronecker's sequence).
        double irrational = 1;
        for (std::size_t i = 0; s > 0 && i < N; ++i) {
            irrational *= 0.618033988749894848;
            const double multiple = s * (irrational + 0.5);
            from[i] = least[i] + (multiple - std::floor(multiple)) * (most[i] - least[i]);
        }
        const auto found = search.search(from, limits.step, limits.tolerance, limits.evaluations);
        if (s == 0 || found.cost < best.error) {
            best.parameters = values_at(found.at);
            best.error = found.cost;
        }
    }
    best.evaluations = search.evaluations();
    return best;
}

}  // namespace soma::perf
