// SPDX-License-Identifier: MIT
#include <soma/perf/calibrate.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <random>
#include <vector>

#include "support/catch.hpp"

using namespace soma::perf;

namespace {

/// Work on a machine with an efficiency, passes over its data, an overhead and a transfer rate:
/// the maximum of two resources, after what the host takes.
struct workload {
    double arithmetic, elements, transferred;

    [[nodiscard]] double seconds(const std::array<double, 4>& p) const {
        return p[2] + transferred / p[3] + std::max(arithmetic / p[0], elements * p[1]);
    }
};

constexpr std::array<double, 4> truth{0.6, 1.7, 40e-6, 5e9};
constexpr std::array<parameter_range, 4> ranges{
    parameter_range{0.3, 0.05, 1}, {3, 0.1, 20}, {200e-6, 1e-7, 1e-2}, {1e9, 1e8, 1e12}};

/// Work bound by each of the four in turn, and mixtures.
std::vector<workload> workloads() {
    std::vector<workload> all;
    for (const double scale : {0.1, 1.0, 10.0}) {
        all.push_back({1e-3 * scale, 1e-5, 1e4});
        all.push_back({1e-5, 1e-3 * scale, 1e4});
        all.push_back({1e-5 * scale, 1e-6, 1e3});
        all.push_back({1e-4, 1e-5, 1e6 * scale});
    }
    return all;
}

/// The errors of a model against measurements made with `truth`, each times exp(noise).
struct measured_errors {
    std::vector<workload> work = workloads();
    std::vector<double> noise = std::vector<double>(work.size(), 0.0);

    std::vector<double> operator()(const std::array<double, 4>& p) const {
        std::vector<double> errors;
        for (std::size_t i = 0; i < work.size(); ++i) {
            errors.push_back(std::log(work[i].seconds(p) / work[i].seconds(truth)) - noise[i]);
        }
        return errors;
    }
};

}  // namespace

TEST_CASE("known parameters are found again", "[perf][calibrate]") {
    const fit<4> found = calibrate(ranges, measured_errors{});
    CAPTURE(found.evaluations);
    CHECK(found.error < 1e-4);
    for (std::size_t i = 0; i < 4; ++i) {
        CAPTURE(i, found.parameters[i]);
        CHECK(std::abs(std::log(found.parameters[i] / truth[i])) < 1e-3);
    }
}

TEST_CASE("with noise the fit is at least as good as the truth", "[perf][calibrate]") {
    std::mt19937 bits(7);
    for (int round = 0; round < 5; ++round) {
        measured_errors errors;
        for (double& noise : errors.noise) {
            noise = (static_cast<double>(bits()) / 0x1p32 - 0.5) * 0.2;
        }
        const fit<4> found = calibrate(ranges, errors);
        CHECK(found.error <= root_mean_square(errors(truth)) * (1 + 1e-9));
        CHECK(std::abs(found.error - root_mean_square(errors(found.parameters))) < 1e-12);
        // No neighbour is better by more than what the search overlooks.
        for (std::size_t i = 0; i < 4; ++i) {
            for (const double factor : {0.99, 1.01}) {
                std::array<double, 4> near = found.parameters;
                near[i] = std::clamp(near[i] * factor, ranges[i].least, ranges[i].most);
                CHECK(root_mean_square(errors(near)) >= found.error * (1 - 1e-4));
            }
        }
    }
}

TEST_CASE("a fit repeats itself to the last bit", "[perf][calibrate]") {
    const fit<4> once = calibrate(ranges, measured_errors{}, {.starts = 3});
    const fit<4> twice = calibrate(ranges, measured_errors{}, {.starts = 3});
    CHECK(once.parameters == twice.parameters);
    CHECK(once.error == twice.error);
    CHECK(once.evaluations == twice.evaluations);
}

TEST_CASE("parameters stay in their ranges", "[perf][calibrate]") {
    constexpr std::array<parameter_range, 2> box{parameter_range{2, 1, 3}, {5, 5, 5}};
    bool inside = true;
    const fit<2> found = calibrate(box, [&](const std::array<double, 2>& p) {
        inside = inside && p[0] > 1 - 1e-12 && p[0] < 3 + 1e-12 && std::abs(p[1] - 5) < 1e-12;
        return std::array{std::log(p[0] / 100), std::log(p[1] / 7)};
    });
    CHECK(inside);
    CHECK(std::abs(found.parameters[0] - 3) < 1e-5);
}

TEST_CASE("more starts leave a local minimum", "[perf][calibrate]") {
    // Two valleys: the shallow one around 2, where the search begins, the deep one at 500.
    constexpr std::array<parameter_range, 1> range{parameter_range{2, 0.1, 1e4}};
    const auto valleys = [](const std::array<double, 1>& p) {
        const double shallow = 0.5 + std::abs(std::log(p[0] / 2)), deep = std::log(p[0] / 500);
        return std::array{std::min(shallow, std::abs(deep))};
    };
    CHECK(std::abs(calibrate(range, valleys).parameters[0] - 2) < 0.01);
    CHECK(std::abs(calibrate(range, valleys, {.starts = 8}).parameters[0] - 500) < 1);
}

TEST_CASE("what a model refuses is not chosen", "[perf][calibrate]") {
    constexpr std::array<parameter_range, 1> range{parameter_range{1, 0.01, 100}};
    const auto errors = [](const std::array<double, 1>& p) {
        return std::array{p[0] > 2 ? std::numeric_limits<double>::quiet_NaN()
                                   : std::log(p[0] / 10)};
    };
    const fit<1> found = calibrate(range, errors);
    CHECK(found.parameters[0] <= 2);
    CHECK(found.parameters[0] > 1.99);
}

TEST_CASE("the search ends within its evaluations", "[perf][calibrate]") {
    int calls = 0;
    const auto counted = [&](const std::array<double, 4>& p) {
        ++calls;
        return measured_errors{}(p);
    };
    const fit<4> found = calibrate(ranges, counted, {.evaluations = 50, .starts = 2});
    CHECK(found.evaluations == calls);
    CHECK(calls <= 2 * (50 + 10));
    CHECK(found.error < root_mean_square(measured_errors{}({0.3, 3, 200e-6, 1e9})));
}

TEST_CASE("the root mean square", "[perf][calibrate]") {
    CHECK(root_mean_square(std::array{3.0, -4.0, 0.0, 0.0}) == 2.5);
    CHECK(root_mean_square(std::vector<double>{}) == 0.0);
    CHECK(std::isinf(root_mean_square(std::array{1.0, std::nan("")})));
    CHECK(std::isinf(root_mean_square(std::array{1.0, -std::numeric_limits<double>::infinity()})));
}
